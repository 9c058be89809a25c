//===- ArtifactHead.h - The first 128 bytes of a .g4 file -------*- C++ -*-===//

#ifndef G4_RUNTIME_ARTIFACT_ARTIFACTHEAD_H
#define G4_RUNTIME_ARTIFACT_ARTIFACTHEAD_H

#include "runtime/base/Status.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace g4rt {

inline constexpr uint16_t kFormatMajor = 1, kFormatMinor = 0;
inline constexpr size_t kHeadBytes = 128;
inline constexpr uint64_t kSegmentAlignment = 64;

/// Where the parts of the file are; docs/artifact.md has the bytes.
struct ArtifactHead {
  uint64_t fileSize = 0;
  uint64_t metadataOffset = 0;
  uint64_t metadataSize = 0;
  uint64_t metadataChecksum = 0;

  std::array<std::byte, kHeadBytes> encode() const;

  /// The head of a file of `fileSize` bytes that begins with `bytes`.
  ///
  /// Errors: DataLoss if it is not the head of a whole artifact of this major
  /// version.
  static Result<ArtifactHead> decode(std::span<const std::byte> bytes,
                                     uint64_t fileSize);
};

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_ARTIFACTHEAD_H
