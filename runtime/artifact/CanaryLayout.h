//===- CanaryLayout.h - The bytes of a canary -------------------*- C++ -*-===//

#ifndef G4_RUNTIME_ARTIFACT_CANARYLAYOUT_H
#define G4_RUNTIME_ARTIFACT_CANARYLAYOUT_H

#include <cstddef>
#include <cstdint>

namespace g4rt {

/// Numbers of each value: every (cols / 64)th column of its last row; zeros
/// after the last column of a narrower one.
inline constexpr size_t kCanaryElements = 64;

/// The f32 of all values, before their checksum.
inline constexpr uint64_t canaryValueBytes(uint64_t numNames) {
  return numNames * kCanaryElements * sizeof(float);
}
inline constexpr uint64_t canaryBytes(uint64_t numNames) {
  return canaryValueBytes(numNames) + sizeof(uint64_t);
}

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_CANARYLAYOUT_H
