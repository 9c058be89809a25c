//===- WeightFormat.h - How the numbers of a weight are stored --*- C++ -*-===//
//
// One description a format, in the table of WeightFormat.cpp. The compiler's
// types refer to it, and the packer, the synthetic generator, the interpreter,
// the loader's checks and `inspect` take what they need from it;
// docs/how-to/add-a-weight-format.md says how to add one.
//
// A number is (what its code says) * scale + minimum, where the format has
// scales and minima. Both belong to a group: columns that follow each other, or
// a whole row. A code of 6 bits lies in two parts, 4 low bits and 2 high ones.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_WEIGHTFORMAT_H
#define G4_RUNTIME_ARTIFACT_WEIGHTFORMAT_H

#include "runtime/artifact/PlaceOrder.h"

#include <cstddef>
#include <string_view>

namespace g4::artifact {

/// Types of numbers, numbered as DType of Program.fbs.
enum class NumberType : uint8_t {
  F32 = 0,
  BF16 = 1,
  I32 = 2,
  I4 = 3,
  F16 = 4,
  I8 = 5,
  I6 = 6,
  /// 4 bits of exponent, 3 of mantissa, no infinities; OCP 8-bit floating
  /// point.
  F8E4M3 = 7,
};

/// The largest numbers of f16 and f8E4M3.
inline constexpr float kLargestF16 = 65504, kLargestF8E4M3 = 448;

/// "bf16": as DType names it.
std::string_view nameOf(NumberType type);
/// Bytes of a number; 0 for types that have no whole bytes.
int64_t bytesOf(NumberType type);
/// The number that these bits of an f32, bf16, f16 or f8E4M3 are.
float floatOf(NumberType type, uint32_t bits);
/// Rounded to nearest even; what f16 and f8E4M3 cannot hold becomes their
/// largest number.
uint32_t bitsOf(NumberType type, float value);

/// In which order the numbers of a unit lie, and of how many rows and columns
/// it is. Units of the same rows follow each other: they are a panel.
struct Packing {
  /// As an artifact says it: "panel16x2".
  std::string_view name;
  int64_t rows = 1, cols = 1;
  /// Neighbouring columns that are together.
  int64_t interleave = 1;
  /// Of the codes, in codes: of all bits, or of the 4 low ones of 6.
  PlaceOrder codes = {};
  /// Of the 2 high bits of codes of 6 bits.
  PlaceOrder highBits = {};
  /// Of the scales, in scales. The minima lie as they do.
  PlaceOrder scales = {};
  /// The codes lie as the first operand of mma m16n8k16.
  bool isForMma = false;
};

struct WeightFormat {
  /// Group of a format whose rows have one scale each.
  static constexpr int64_t kWholeRow = -1;

  /// As policies, reports and `inspect` say it: "int4".
  std::string_view name;
  /// As names of kernels say it: "i4".
  std::string_view symbol;
  /// Of the codes: the dtype of an artifact's weight.
  NumberType element;
  /// Of a code; 6 are 4 and 2.
  int bits;
  /// Columns that share a scale, or kWholeRow; 0: there are no scales.
  int64_t group;
  NumberType scale;
  /// Whether groups have a minimum, of the scale's type.
  bool hasMinimum;
  /// What a code says, before scale and minimum.
  float (*numberOf)(uint32_t code);
  /// The code of zero, which padding has.
  uint32_t zeroCode;
  /// A synthetic weight's codes have these random bits, and a scale of its half
  /// width over this number.
  uint32_t syntheticMask;
  float syntheticSteps;
  /// All packings that there are; of them those that dots in registers and
  /// tensor cores take. Null: there is no such dot.
  std::span<const Packing> packings;
  const Packing *panelPacking, *mmaPacking;

  bool isPlain() const { return group == 0; }
  bool hasGroups() const { return group > 0; }
  bool isWholeRow() const { return group == kWholeRow; }
  bool hasHighBits() const { return bits == 6; }
  int lowBits() const { return hasHighBits() ? 4 : bits; }
  int64_t scaleBytes() const { return isPlain() ? 0 : bytesOf(scale); }
  /// Whether rows of so many columns have whole groups.
  bool takesRowsOf(int64_t cols) const {
    return !hasGroups() || cols % group == 0;
  }
  /// Groups of a row of so many columns.
  int64_t groupsOf(int64_t cols) const {
    return hasGroups() ? cols / group : isPlain() ? 0 : 1;
  }
  /// For weights that no dot reads: row by row, or as the format has it.
  const Packing &rowPacking() const { return packings.front(); }
  /// Null if there is none of this name.
  const Packing *findPacking(std::string_view name) const;
};

/// All formats; the address of one is its identity.
std::span<const WeightFormat> weightFormats();

/// The format of this name; null if there is none.
const WeightFormat *findFormat(std::string_view name);

/// The plain format of numbers of this type; null if there is none.
const WeightFormat *findPlainFormat(NumberType element);

/// The format with scales, of which `hasMinimum` says whether it has minima;
/// null if there is none.
const WeightFormat *findFormat(NumberType element, int64_t group,
                               NumberType scale, bool hasMinimum);

} // namespace g4::artifact

#endif // G4_RUNTIME_ARTIFACT_WEIGHTFORMAT_H
