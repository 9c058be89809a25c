//===- BpeEncoder.cpp - Byte-pair encoding of a run of text ---------------===//

#include "runtime/text/tokenizer/BpeEncoder.h"

#include "runtime/base/Utf8.h"
#include "runtime/text/tokenizer/LongWordMerger.h"

#include <algorithm>
#include <utility>

namespace g4rt {

// Up to here a scan over all pairs is faster than a heap.
constexpr size_t kShortWord = 24;
constexpr uint32_t kNoRank = 0xffffffff;

void BpeEncoder::append(std::string_view text) {
  while (!text.empty()) {
    Utf8Step step = decodeUtf8(text);
    if (step.size == 0)
      appendUnknown(text.substr(0, 1));
    else
      appendCodePoint(step.codePoint == ' ' ? kSpaceMark : step.codePoint,
                      text.substr(0, step.size));
    text.remove_prefix(std::max<size_t>(step.size, 1));
  }
}

void BpeEncoder::appendCodePoint(char32_t codePoint, std::string_view bytes) {
  uint32_t id = tables_.idOf(codePoint);
  if (id == kNoToken)
    return appendUnknown(bytes == " " ? "\xe2\x96\x81" : bytes);
  flushUnknown();
  if (!word_.empty() && !tables_.mayJoin(last_, codePoint))
    endWord();
  word_.push_back(id);
  last_ = codePoint;
}

// Byte tokens and unk take part in no merge. A pending unk waits for the next
// unk or known code point, so byte tokens overtake it: the reference's order.
void BpeEncoder::appendUnknown(std::string_view bytes) {
  endWord();
  bool allBytes = std::all_of(bytes.begin(), bytes.end(), [&](char byte) {
    return tables_.idOfByte(static_cast<uint8_t>(byte)) != kNoToken;
  });
  if (allBytes) {
    for (char byte : bytes)
      emit(tables_.idOfByte(static_cast<uint8_t>(byte)));
    return;
  }
  if (!tables_.table().fuse_unk())
    flushUnknown();
  pendingUnknown_ = true;
}

void BpeEncoder::flushUnknown() {
  if (std::exchange(pendingUnknown_, false))
    emit(tables_.unkId());
}

void BpeEncoder::endRun() {
  endWord();
  flushUnknown();
}

void BpeEncoder::endWord() {
  if (word_.size() > kShortWord)
    LongWordMerger(tables_).merge(word_);
  else if (word_.size() > 1)
    mergeShortWord();
  for (uint32_t id : word_)
    emit(id);
  word_.clear();
}

// Merges the pair of lowest rank, the leftmost of equals, until none merges.
// merges[i] is how word_[i] and word_[i + 1] merge.
void BpeEncoder::mergeShortWord() {
  const MergeSlot *merges[kShortWord];
  size_t size = word_.size();
  auto update = [&](size_t i) {
    merges[i] = tables_.findMerge(word_[i], word_[i + 1]);
  };
  for (size_t i = 0; i + 1 < size; ++i)
    update(i);
  for (;;) {
    size_t best = 0;
    uint32_t rank = kNoRank;
    for (size_t i = 0; i + 1 < size; ++i)
      if (merges[i] && merges[i]->rank < rank)
        rank = merges[best = i]->rank;
    if (rank == kNoRank)
      break;
    word_[best] = merges[best]->joined;
    --size;
    for (size_t i = best + 1; i < size; ++i) {
      word_[i] = word_[i + 1];
      merges[i - 1] = merges[i];
    }
    if (best + 1 < size)
      update(best);
    if (best > 0)
      update(best - 1);
  }
  word_.resize(size);
}

} // namespace g4rt
