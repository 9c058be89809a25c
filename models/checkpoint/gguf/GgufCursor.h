//===- GgufCursor.h - Reading a mapped GGUF header --------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_GGUFCURSOR_H
#define G4_MODELS_CHECKPOINT_GGUF_GGUFCURSOR_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace g4::gguf {

/// A place in bytes that nobody has checked yet. Numbers are little-endian and
/// not aligned. Every read fails with InvalidArgument where the bytes end
/// early, and names `what` it was for.
class Cursor {
public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  size_t position() const { return at_; }
  size_t numLeft() const { return bytes_.size() - at_; }

  template <typename T>
  g4rt::Result<T> number(const char *what) {
    G4RT_ASSIGN(std::span<const std::byte> bytes, take(sizeof(T), what));
    T value;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }

  g4rt::Result<std::span<const std::byte>> take(uint64_t size,
                                                const char *what);
  /// 8 bytes of length, then as many characters, at most `maxBytes`.
  g4rt::Result<std::string_view> text(uint64_t maxBytes, const char *what);

private:
  std::span<const std::byte> bytes_;
  size_t at_ = 0;
};

} // namespace g4::gguf

#endif // G4_MODELS_CHECKPOINT_GGUF_GGUFCURSOR_H
