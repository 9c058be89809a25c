//===- MaskCache.cpp - Masks by the state of a grammar --------------------===//

#include "runtime/grammar/MaskCache.h"

#include <algorithm>
#include <bit>

namespace g4rt {

/// Beyond, a mask is no larger than its ids.
constexpr size_t kMostIds = 512;
/// Of an entry of a table, beside what it holds.
constexpr size_t kEntryBytes = 128;
/// Ends beyond are not kept: bits of usedEnds_.
constexpr size_t kMostEnds = 64;

bool MaskCache::Equal::same(const Part &a, const Part &b) {
  return a.hash == b.hash && a.grammar == b.grammar &&
         std::ranges::equal(a.words, b.words);
}

size_t MaskCache::Stored::numBytes() const {
  return (ids.size() + words.size()) * sizeof(int32_t);
}

size_t MaskCache::bytesOf(const Table::value_type &entry) {
  return entry.first.words.size() * sizeof(int32_t) + entry.second->numBytes() +
         kEntryBytes;
}

namespace {

/// A hash of words that can be asked for after each of them.
class WordHash {
public:
  explicit WordHash(int32_t first) { add(first); }
  void add(int32_t word) {
    constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
    value_ = (value_ ^ static_cast<uint32_t>(word)) * kOdd;
    value_ ^= value_ >> 29;
  }
  uint64_t value() const { return value_; }

private:
  uint64_t value_ = 0;
};

} // namespace

MaskCache::Stored MaskCache::store(const TokenMask &mask) {
  std::span<const int32_t> words = mask.words();
  Stored stored;
  for (size_t i = 0; i < words.size(); ++i)
    for (auto bits = static_cast<uint32_t>(words[i]); bits != 0;
         bits &= bits - 1) {
      if (stored.ids.size() == kMostIds)
        return {.ids = {}, .words = {words.begin(), words.end()}};
      stored.ids.push_back(static_cast<int32_t>(32 * i) +
                           std::countr_zero(bits));
    }
  return stored;
}

bool MaskCache::find(const StateWords &state, TokenMask &mask) {
  std::shared_ptr<const Stored> stored = look(state);
  if (!stored)
    return false;
  if (!stored->words.empty()) {
    std::ranges::copy(stored->words, mask.words().begin());
    return true;
  }
  mask.forbidAll();
  for (int32_t id : stored->ids)
    mask.allow(id);
  return true;
}

std::shared_ptr<const MaskCache::Stored>
MaskCache::look(const StateWords &state) {
  std::lock_guard lock(mutex_);
  WordHash hash(state.grammar);
  size_t at = 0;
  for (size_t i = 0; i < std::min(state.ends.size(), kMostEnds); ++i) {
    auto end = static_cast<size_t>(state.ends[i]);
    for (; at < end; ++at)
      hash.add(state.words[at]);
    if ((usedEnds_ >> i & 1) == 0)
      continue;
    Part part{hash.value(), state.grammar, state.words.first(end)};
    if (auto mask = lookUp(part))
      return mask;
  }
  return nullptr;
}

/// Under the mutex.
std::shared_ptr<const MaskCache::Stored> MaskCache::lookUp(const Part &part) {
  if (auto known = young_.find(part); known != young_.end())
    return known->second;
  auto known = old_.find(part);
  if (known == old_.end())
    return nullptr;
  std::shared_ptr<const Stored> mask = known->second;
  oldBytes_ -= bytesOf(*known);
  insert(std::move(old_.extract(known).key()), mask);
  return mask;
}

void MaskCache::add(const StateWords &state, size_t end,
                    const TokenMask &mask) {
  if (end >= kMostEnds)
    return;
  auto words = state.words.first(static_cast<size_t>(state.ends[end]));
  WordHash hash(state.grammar);
  for (int32_t word : words)
    hash.add(word);
  Key key{hash.value(), state.grammar, {words.begin(), words.end()}};
  auto stored = std::make_shared<const Stored>(store(mask));
  std::lock_guard lock(mutex_);
  usedEnds_ |= uint64_t{1} << end;
  insert(std::move(key), std::move(stored));
}

/// Under the mutex.
void MaskCache::insert(Key key, std::shared_ptr<const Stored> mask) {
  auto [entry, isNew] = young_.try_emplace(std::move(key), std::move(mask));
  if (!isNew)
    return;
  youngBytes_ += bytesOf(*entry);
  if (youngBytes_ <= mostBytes_ / 2)
    return;
  old_ = std::exchange(young_, {});
  oldBytes_ = std::exchange(youngBytes_, 0);
}

size_t MaskCache::numBytes() const {
  std::lock_guard lock(mutex_);
  return youngBytes_ + oldBytes_;
}

} // namespace g4rt
