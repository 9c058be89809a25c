//===- TokenizerTables.h - Checked view of Tokenizer.fbs --------*- C++ -*-===//
//
// The tokenizer's arrays where they lie in the artifact, with the look-ups that
// encoding and decoding need. create() checks every index once, so that no
// look-up can leave the arrays and none searches longer than a bound, whatever
// the file holds.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TOKENIZER_TOKENIZERTABLES_H
#define G4_RUNTIME_TEXT_TOKENIZER_TOKENIZERTABLES_H

#include "runtime/artifact/TokenizerLayout.h"
#include "runtime/artifact/Tokenizer_generated.h"
#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// What a token is besides a piece of text.
enum class TokenKind : uint8_t { Text, Byte, Added, Special };

/// Borrows the flatbuffer. Immutable: any number of threads may look up.
class TokenizerTables {
public:
  /// `table` is part of a buffer that the flatbuffer verifier has passed.
  /// Errors: DataLoss, naming the field, if the tables are not consistent.
  static Result<TokenizerTables> create(const artifact::Tokenizer &table);

  uint32_t numTokens() const { return numTokens_; }
  const artifact::Tokenizer &table() const { return *table_; }

  /// The vocabulary's spelling of token `id` < numTokens(): valid UTF-8.
  std::string_view piece(uint32_t id) const {
    return {text_ + offsets_[id], offsets_[id + 1] - offsets_[id]};
  }
  TokenKind kindOf(uint32_t id) const { return kinds_[id]; }
  /// The byte that token `id` of kind Byte stands for.
  uint8_t byteOf(uint32_t id) const { return byteValues_[id]; }

  /// The token of one code point, or kNoToken.
  uint32_t idOf(char32_t codePoint) const {
    uint32_t page = pages_[codePoint / kCodePointsPerPage];
    if (page == 0)
      return kNoToken;
    return codePointIds_[(page - 1) * kCodePointsPerPage +
                         codePoint % kCodePointsPerPage];
  }
  /// The token of a byte, or kNoToken.
  uint32_t idOfByte(uint8_t byte) const {
    return byteIds_.empty() ? kNoToken : byteIds_[byte];
  }
  uint32_t unkId() const { return table_->unk_id(); }

  /// False only if no merge ever joins tokens where `left` ends and `right`
  /// begins.
  bool mayJoin(char32_t left, char32_t right) const {
    uint32_t bit = jointBitOf(left, right, numJointBits_);
    return jointBits_[bit / 32] >> (bit % 32) & 1;
  }
  /// How two adjacent tokens merge, or null.
  const MergeSlot *findMerge(uint32_t left, uint32_t right) const;

private:
  explicit TokenizerTables(const artifact::Tokenizer &table);

  Status checkPieces() const;
  Status checkCodePoints() const;
  Status checkMerges() const;
  Status markBytes();
  Status markAddedTokens();
  bool isTextOrNone(uint32_t id) const;

  const artifact::Tokenizer *table_;
  uint32_t numTokens_;
  const char *text_;
  std::span<const uint32_t> offsets_;
  std::span<const uint32_t> byteIds_;
  std::span<const uint16_t> pages_;
  std::span<const uint32_t> codePointIds_;
  std::span<const MergeSlot> merges_;
  std::span<const uint32_t> jointBits_;
  uint32_t numJointBits_;
  uint32_t maxProbes_;
  std::vector<TokenKind> kinds_;    // [numTokens_]
  std::vector<uint8_t> byteValues_; // [numTokens_]
};

inline const MergeSlot *TokenizerTables::findMerge(uint32_t left,
                                                   uint32_t right) const {
  uint32_t numSlots = static_cast<uint32_t>(merges_.size());
  uint32_t at = mergeSlotOf(left, right, numSlots);
  for (uint32_t probe = 0; probe < maxProbes_; ++probe) {
    const MergeSlot &slot = merges_[(at + probe) & (numSlots - 1)];
    if (slot.left == left && slot.right == right)
      return &slot;
    if (slot.left == kNoToken)
      return nullptr;
  }
  return nullptr;
}

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TOKENIZER_TOKENIZERTABLES_H
