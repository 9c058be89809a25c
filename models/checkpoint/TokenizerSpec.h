//===- TokenizerSpec.h - What a tokenizer.json says -------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_TOKENIZERSPEC_H
#define G4_MODELS_CHECKPOINT_TOKENIZERSPEC_H

#include "runtime/artifact/TokenizerLayout.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace g4 {

/// A checked BPE tokenizer. Every id is below pieces.size(); strings are
/// borrowed from the JSON that it was read from.
struct TokenizerSpec {
  struct AddedToken {
    std::string_view content;
    uint32_t id;
    bool special;
    bool normalized;
  };
  struct Merge {
    uint32_t left;
    uint32_t right;
    uint32_t joined;
  };

  std::vector<std::string_view> pieces; // by id
  std::vector<AddedToken> addedTokens;  // by content
  std::vector<Merge> merges;            // by rank
  std::array<uint32_t, 256> byteIds;    // kNoToken where there is none
  bool byteFallback = false;
  uint32_t unkId = g4rt::kNoToken;
  bool fuseUnk = false;
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_TOKENIZERSPEC_H
