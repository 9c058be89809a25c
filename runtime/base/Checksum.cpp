//===- Checksum.cpp - The checksum of every section of an artifact --------===//

#include "runtime/base/Checksum.h"

#define XXH_INLINE_ALL
#include <cstdio>
#include <xxhash.h>

namespace g4rt {

struct ChecksumStream::State {
  XXH3_state_t xxh;
};

uint64_t checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::string hexOf(uint64_t checksum) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx",
                static_cast<unsigned long long>(checksum));
  return text;
}

ChecksumStream::ChecksumStream() : state_(std::make_unique<State>()) {
  XXH3_64bits_reset(&state_->xxh);
}

ChecksumStream::~ChecksumStream() = default;

void ChecksumStream::update(std::span<const std::byte> bytes) {
  XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

uint64_t ChecksumStream::digest() const {
  return XXH3_64bits_digest(&state_->xxh);
}

} // namespace g4rt
