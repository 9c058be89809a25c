//===- Checksum.cpp - The checksum of every section of an artifact --------===//

#include "runtime/base/Checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace g4rt {

struct ChecksumStream::State {
  XXH3_state_t xxh;
};

uint64_t checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
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
