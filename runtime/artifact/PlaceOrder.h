//===- PlaceOrder.h - Which bit of a place is which of a row ----*- C++ -*-===//
//
// The order of the numbers of a unit of a packed weight. A unit has a power of
// two of rows and of columns, and every order that a kernel wants moves bits
// only: each bit of the place in the unit is one bit of the row or of the
// column. So a short text says it all, and from it follow the formula of the
// packer and the interpreter and the arithmetic of a kernel.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_PLACEORDER_H
#define G4_RUNTIME_ARTIFACT_PLACEORDER_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace g4::artifact {

class PlaceOrder {
public:
  /// One bit of a row or of a column.
  struct Bit {
    bool isRow = false;
    uint8_t number = 0;
  };

  /// Bits of a row or of a column that are neighbours in the place as well:
  /// `count` of them, from bit `number` on, are the place's from bit `at` on.
  struct Field {
    bool isRow = false;
    unsigned number = 0, at = 0, count = 0;
  };

  constexpr PlaceOrder() = default;
  /// "c0 r3 c1": bit 0 of the place is bit 0 of the column, bit 1 is bit 3 of
  /// the row, bit 2 is bit 1 of the column.
  consteval PlaceOrder(const char *text) {
    for (const char *at = text; *at != 0; at += at[2] == ' ' ? 3 : 2)
      bits_[numBits_++] = {*at == 'r', static_cast<uint8_t>(at[1] - '0')};
  }

  /// The bits of a place, the lowest first.
  constexpr std::span<const Bit> bits() const {
    return {bits_.data(), numBits_};
  }

  /// The same as few fields. The `skipped` lowest bits of the order are not
  /// bits of the place.
  std::vector<Field> fields(unsigned skipped = 0) const {
    std::vector<Field> fields;
    for (unsigned at = 0; const Bit &bit : bits().subspan(skipped)) {
      if (!fields.empty() && fields.back().isRow == bit.isRow &&
          fields.back().number + fields.back().count == bit.number)
        ++fields.back().count;
      else
        fields.push_back(
            {.isRow = bit.isRow, .number = bit.number, .at = at, .count = 1});
      ++at;
    }
    return fields;
  }

  /// The place of [row, col]. Bits of the two that the order does not have do
  /// not count.
  constexpr int64_t placeOf(int64_t row, int64_t col) const {
    int64_t place = 0;
    for (size_t i = 0; i < numBits_; ++i)
      place |= ((bits_[i].isRow ? row : col) >> bits_[i].number & 1) << i;
    return place;
  }

private:
  std::array<Bit, 12> bits_{};
  size_t numBits_ = 0;
};

} // namespace g4::artifact

#endif // G4_RUNTIME_ARTIFACT_PLACEORDER_H
