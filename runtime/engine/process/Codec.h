//===- Codec.h - Values as bytes between two processes ----------*- C++ -*-===//
//
// A struct is described once, by a template over the codec, and both ways
// follow from it (Messages.cpp). Little endian, nothing aligned; a list is its
// length in 32 bits and its elements. The reader believes nothing: what is cut,
// too long or out of range makes it fail, and from there on it gives zeros; it
// allocates no more than the bytes that it was given can fill.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_CODEC_H
#define G4_RUNTIME_ENGINE_PROCESS_CODEC_H

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

static_assert(std::endian::native == std::endian::little,
              "numbers are written as they lie in memory");

template <typename T>
concept WireNumber =
    (std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>;

/// Appends values to a string.
class WireWriter {
public:
  /// How a description takes what it describes.
  template <typename T>
  using Ref = const T &;

  explicit WireWriter(std::string &out) : out_(out) {}

  template <WireNumber T>
  void number(const T &value) {
    out_.append(reinterpret_cast<const char *>(&value), sizeof(T));
  }
  void flag(const bool &value) { number(static_cast<uint8_t>(value)); }
  template <typename Enum>
  void enumerator(const Enum &value, Enum /*last*/) {
    number(static_cast<uint8_t>(value));
  }
  void text(const std::string &value) {
    number(static_cast<uint32_t>(value.size()));
    out_ += value;
  }
  template <WireNumber T>
  void numbers(const std::vector<T> &values) {
    number(static_cast<uint32_t>(values.size()));
    out_.append(reinterpret_cast<const char *>(values.data()),
                values.size() * sizeof(T));
  }
  /// `describe(element)` writes one. An element has at least `leastBytes`.
  template <typename T, typename Describe>
  void list(const std::vector<T> &values, size_t /*leastBytes*/,
            Describe describe) {
    number(static_cast<uint32_t>(values.size()));
    for (const T &value : values)
      describe(value);
  }
  template <typename T, typename Describe>
  void optional(const std::optional<T> &value, Describe describe) {
    flag(value.has_value());
    if (value)
      describe(*value);
  }

private:
  std::string &out_;
};

/// Reads them back. Borrows the bytes.
class WireReader {
public:
  template <typename T>
  using Ref = T &;

  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  /// Whether all that was read was there and in range, and nothing is left.
  bool isDone() const { return isOk_ && rest_.empty(); }
  void fail() {
    isOk_ = false;
    rest_ = {};
  }

  template <WireNumber T>
  void number(T &value) {
    value = T();
    if (!has(sizeof(T)))
      return fail();
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
  }
  void flag(bool &value) {
    uint8_t byte = 0;
    number(byte);
    value = byte == 1;
    if (byte > 1)
      fail();
  }
  /// Enumerators are 0 to `last`.
  template <typename Enum>
  void enumerator(Enum &value, Enum last) {
    uint8_t byte = 0;
    number(byte);
    if (byte > static_cast<uint8_t>(last))
      fail();
    value = isOk_ ? static_cast<Enum>(byte) : Enum();
  }
  void text(std::string &value) {
    size_t size = count(1);
    value.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }
  template <WireNumber T>
  void numbers(std::vector<T> &values) {
    values.resize(count(sizeof(T)));
    size_t size = values.size() * sizeof(T);
    if (size > 0)
      std::memcpy(values.data(), rest_.data(), size);
    rest_.remove_prefix(size);
  }
  template <typename T, typename Describe>
  void list(std::vector<T> &values, size_t leastBytes, Describe describe) {
    values.clear();
    for (size_t left = count(leastBytes); left > 0 && isOk_; --left)
      describe(values.emplace_back());
  }
  template <typename T, typename Describe>
  void optional(std::optional<T> &value, Describe describe) {
    bool hasValue = false;
    flag(hasValue);
    value.reset();
    if (hasValue)
      describe(value.emplace());
  }

private:
  bool has(size_t size) const { return isOk_ && rest_.size() >= size; }

  /// A list's length, if the rest can hold so many elements of this size.
  size_t count(size_t leastBytes) {
    uint32_t count = 0;
    number(count);
    if (count <= rest_.size() / leastBytes)
      return count;
    fail();
    return 0;
  }

  std::string_view rest_;
  bool isOk_ = true;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_CODEC_H
