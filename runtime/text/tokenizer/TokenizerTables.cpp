//===- TokenizerTables.cpp - Checked view of Tokenizer.fbs ----------------===//

#include "runtime/text/tokenizer/TokenizerTables.h"

#include "runtime/base/Utf8.h"

#include <bit>
#include <limits>
#include <string>

namespace g4rt {

template <typename T>
static std::span<const T> spanOf(const flatbuffers::Vector<T> *vector) {
  return {reinterpret_cast<const T *>(vector->Data()), vector->size()};
}

static std::span<const MergeSlot>
slotsOf(const flatbuffers::Vector<uint32_t> *words) {
  static_assert(sizeof(MergeSlot) == 4 * sizeof(uint32_t));
  return {reinterpret_cast<const MergeSlot *>(words->Data()),
          words->size() / 4};
}

static Status broken(std::string what) {
  return Status(StatusCode::DataLoss, "tokenizer: " + std::move(what));
}

static Status wrongSize(const char *field, size_t size, std::string needed) {
  return broken(std::string(field) + ": " + std::to_string(size) +
                " elements, needs " + std::move(needed));
}

TokenizerTables::TokenizerTables(const artifact::Tokenizer &table)
    : table_(&table), numTokens_(table.num_tokens()),
      text_(reinterpret_cast<const char *>(table.piece_text()->Data())),
      offsets_(spanOf(table.piece_offsets())),
      byteIds_(spanOf(table.byte_ids())),
      pages_(spanOf(table.code_point_pages())),
      codePointIds_(spanOf(table.code_point_ids())),
      merges_(slotsOf(table.merge_slots())),
      jointBits_(spanOf(table.joint_bits())),
      numJointBits_(static_cast<uint32_t>(jointBits_.size() * 32)),
      maxProbes_(table.max_probes()) {}

Result<TokenizerTables>
TokenizerTables::create(const artifact::Tokenizer &table) {
  TokenizerTables tables(table);
  G4RT_TRY(tables.checkPieces());
  tables.kinds_.resize(tables.numTokens_, TokenKind::Text);
  tables.byteValues_.resize(tables.numTokens_, 0);
  G4RT_TRY(tables.markBytes());
  G4RT_TRY(tables.markAddedTokens());
  G4RT_TRY(tables.checkCodePoints());
  G4RT_TRY(tables.checkMerges());
  return tables;
}

Status TokenizerTables::checkPieces() const {
  size_t numBytes = table_->piece_text()->size();
  if (numTokens_ == 0 || numTokens_ > std::numeric_limits<int32_t>::max())
    return broken("num_tokens: " + std::to_string(numTokens_) +
                  ", needs 1 to 2147483647");
  if (offsets_.size() != size_t{numTokens_} + 1)
    return wrongSize("piece_offsets", offsets_.size(),
                     std::to_string(size_t{numTokens_} + 1));
  if (offsets_.front() != 0 || offsets_.back() != numBytes)
    return broken("piece_offsets: do not cover piece_text");
  for (uint32_t id = 0; id < numTokens_; ++id) {
    if (offsets_[id] > offsets_[id + 1] || offsets_[id + 1] > numBytes)
      return broken("piece_offsets: token " + std::to_string(id) +
                    " lies outside piece_text");
    if (!isUtf8(piece(id)))
      return broken("piece_text: token " + std::to_string(id) +
                    " is not UTF-8");
  }
  return Status();
}

Status TokenizerTables::markBytes() {
  if (!byteIds_.empty() && byteIds_.size() != 256)
    return wrongSize("byte_ids", byteIds_.size(), "0 or 256");
  bool complete = !byteIds_.empty();
  for (size_t byte = 0; byte < byteIds_.size(); ++byte) {
    uint32_t id = byteIds_[byte];
    complete &= id != kNoToken;
    if (id == kNoToken)
      continue;
    if (id >= numTokens_ || kinds_[id] != TokenKind::Text)
      return broken("byte_ids: byte " + std::to_string(byte) +
                    " has no token of its own");
    kinds_[id] = TokenKind::Byte;
    byteValues_[id] = static_cast<uint8_t>(byte);
  }
  if (unkId() == kNoToken ? !complete : unkId() >= numTokens_)
    return broken("unk_id: no such token");
  return Status();
}

Status TokenizerTables::markAddedTokens() {
  std::string_view previous;
  for (const artifact::AddedToken *token : *table_->added_tokens()) {
    std::string_view content = token->content()->string_view();
    if (content.empty() || content.size() > kMaxAddedTokenBytes)
      return broken("added_tokens: content of " +
                    std::to_string(content.size()) + " bytes");
    if (content <= previous)
      return broken("added_tokens: not in order");
    previous = content;
    uint32_t id = token->id();
    if (id >= numTokens_ || kinds_[id] != TokenKind::Text ||
        piece(id) != content)
      return broken("added_tokens: token " + std::to_string(id) +
                    " is another one");
    kinds_[id] = token->special() ? TokenKind::Special : TokenKind::Added;
  }
  return Status();
}

bool TokenizerTables::isTextOrNone(uint32_t id) const {
  return id == kNoToken || (id < numTokens_ && kinds_[id] == TokenKind::Text);
}

Status TokenizerTables::checkCodePoints() const {
  if (pages_.size() != kNumCodePointPages)
    return wrongSize("code_point_pages", pages_.size(),
                     std::to_string(kNumCodePointPages));
  if (codePointIds_.size() % kCodePointsPerPage != 0)
    return wrongSize("code_point_ids", codePointIds_.size(), "whole pages");
  for (uint16_t page : pages_)
    if (page > codePointIds_.size() / kCodePointsPerPage)
      return broken("code_point_pages: page " + std::to_string(page) +
                    " is not in code_point_ids");
  for (uint32_t id : codePointIds_)
    if (!isTextOrNone(id))
      return broken("code_point_ids: token " + std::to_string(id) +
                    " is no ordinary one");
  return Status();
}

Status TokenizerTables::checkMerges() const {
  if (table_->merge_slots()->size() % 4 != 0 ||
      !std::has_single_bit(merges_.size()) || merges_.size() > 1u << 28)
    return wrongSize("merge_slots", table_->merge_slots()->size(),
                     "4 times a power of two");
  if (!std::has_single_bit(jointBits_.size()) || jointBits_.size() > 1u << 24)
    return wrongSize("joint_bits", jointBits_.size(), "a power of two");
  if (maxProbes_ > kMaxMergeProbes || maxProbes_ > merges_.size())
    return broken("max_probes: " + std::to_string(maxProbes_) + ", at most " +
                  std::to_string(kMaxMergeProbes));
  for (const MergeSlot &slot : merges_)
    if (slot.left != kNoToken &&
        (slot.left >= numTokens_ || slot.right >= numTokens_ ||
         slot.joined == kNoToken || !isTextOrNone(slot.joined)))
      return broken("merge_slots: " + std::to_string(slot.left) + " + " +
                    std::to_string(slot.right) + " make no ordinary token");
  return Status();
}

} // namespace g4rt
