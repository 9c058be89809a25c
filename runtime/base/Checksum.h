//===- Checksum.h - The checksum of every section of an artifact *- C++ -*-===//

#ifndef G4_RUNTIME_BASE_CHECKSUM_H
#define G4_RUNTIME_BASE_CHECKSUM_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace g4rt {

/// XXH3, 64 bits, of `bytes`. Finds damage, not malice.
uint64_t checksum(std::span<const std::byte> bytes);

/// A checksum as people see it: 16 digits of hexadecimal.
std::string hexOf(uint64_t checksum);

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
