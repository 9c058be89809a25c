//===- TokenizerLayout.h - How the tokenizer's tables are hashed *- C++ -*-===//
//
// What the builder and the reader of Tokenizer.fbs must agree on.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_TOKENIZERLAYOUT_H
#define G4_RUNTIME_ARTIFACT_TOKENIZERLAYOUT_H

#include <cstdint>

namespace g4rt {

inline constexpr uint32_t kNoToken = 0xffffffff;
inline constexpr uint32_t kNumCodePointPages = 0x1100;
inline constexpr uint32_t kCodePointsPerPage = 256;
/// Bounds of what a loader accepts.
inline constexpr uint32_t kMaxMergeProbes = 128;
inline constexpr uint32_t kMaxAddedTokenBytes = 256;

/// What U+0020 becomes before BPE, and what becomes U+0020 in decoded text.
inline constexpr char32_t kSpaceMark = 0x2581;

/// One entry of Tokenizer.merge_slots.
struct MergeSlot {
  uint32_t left = kNoToken;
  uint32_t right = kNoToken;
  uint32_t rank = 0;
  uint32_t joined = kNoToken;
};

inline uint32_t hashPair(uint32_t left, uint32_t right) {
  uint64_t key = uint64_t{left} << 32 | right;
  key = (key ^ key >> 23) * 0x9e3779b97f4a7c15;
  return static_cast<uint32_t>(key >> 32);
}

/// The slot where the search for (left, right) starts.
inline uint32_t mergeSlotOf(uint32_t left, uint32_t right, uint32_t numSlots) {
  return hashPair(left, right) & (numSlots - 1);
}

/// The bit of Tokenizer.joint_bits for code point `left` followed by `right`.
inline uint32_t jointBitOf(char32_t left, char32_t right, uint32_t numBits) {
  return hashPair(left, right) & (numBits - 1);
}

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_TOKENIZERLAYOUT_H
