//===- Checksum.h - The checksum of every section of an artifact *- C++ -*-===//

#ifndef G4_RUNTIME_BASE_CHECKSUM_H
#define G4_RUNTIME_BASE_CHECKSUM_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace g4rt {

/// XXH3, 64 bits, of `bytes`. Finds damage, not malice.
uint64_t checksum(std::span<const std::byte> bytes);

/// The same checksum over bytes that come in pieces.
class ChecksumStream {
public:
  ChecksumStream();
  ~ChecksumStream();
  void update(std::span<const std::byte> bytes);
  uint64_t digest() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace g4rt

#endif // G4_RUNTIME_BASE_CHECKSUM_H
