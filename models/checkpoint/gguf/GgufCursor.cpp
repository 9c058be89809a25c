//===- GgufCursor.cpp - Reading a mapped GGUF header ----------------------===//

#include "models/checkpoint/gguf/GgufCursor.h"

namespace g4::gguf {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

Result<std::span<const std::byte>> Cursor::take(uint64_t size,
                                                const char *what) {
  if (size > numLeft())
    return Status(StatusCode::InvalidArgument,
                  std::string(what) + " at byte " + std::to_string(at_) + ": " +
                      std::to_string(size) + " bytes, the file has " +
                      std::to_string(numLeft()) + " more");
  at_ += size;
  return bytes_.subspan(at_ - size, size);
}

Result<std::string_view> Cursor::text(uint64_t maxBytes, const char *what) {
  G4RT_ASSIGN(uint64_t size, number<uint64_t>(what));
  if (size > maxBytes)
    return Status(StatusCode::InvalidArgument,
                  std::string(what) + " at byte " + std::to_string(at_) + ": " +
                      std::to_string(size) + " bytes, needs at most " +
                      std::to_string(maxBytes));
  G4RT_ASSIGN(std::span<const std::byte> bytes, take(size, what));
  return std::string_view(reinterpret_cast<const char *>(bytes.data()),
                          bytes.size());
}

} // namespace g4::gguf
