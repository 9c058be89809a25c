#include "runtime/text/tokenizer/LongWordMerger.h"

#include <gtest/gtest.h>

#include <random>

#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

// One merge at a time, found by looking at all pairs.
std::vector<uint32_t> mergeSlowly(const TokenizerTables &tables,
                                  std::vector<uint32_t> word) {
  for (;;) {
    const MergeSlot *best = nullptr;
    size_t at = 0;
    for (size_t i = 0; i + 1 < word.size(); ++i) {
      const MergeSlot *slot = tables.findMerge(word[i], word[i + 1]);
      if (slot && (!best || slot->rank < best->rank)) {
        best = slot;
        at = i;
      }
    }
    if (!best)
      return word;
    word[at] = best->joined;
    word.erase(word.begin() + static_cast<ptrdiff_t>(at) + 1);
  }
}

TEST(LongWordMergerTest, MergesAsOneAfterTheOther) {
  TestTokenizer tiny(tinyTokenizerJson());
  const TokenizerTables &tables = tiny->tables();
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint32_t> word(1 + random() % 60);
    for (uint32_t &id : word)
      id = tables.idOf(U"helowrlda\u2581\n"[random() % 11]);
    std::vector<uint32_t> expected = mergeSlowly(tables, word);
    LongWordMerger(tables).merge(word);
    EXPECT_EQ(word, expected);
  }
}

// Its heap is full of merges that are possible no more, over and over.
TEST(LongWordMergerTest, AWordOfOneCharacterMergesAsShortOnesDo) {
  TestTokenizer tiny(tinyTokenizerJson());
  const TokenizerTables &tables = tiny->tables();
  for (char32_t c : std::u32string(U"lhea"))
    for (size_t size = 1; size < 300; size += 7) {
      std::vector<uint32_t> word(size, tables.idOf(c));
      std::vector<uint32_t> expected = mergeSlowly(tables, word);
      LongWordMerger(tables).merge(word);
      EXPECT_EQ(word, expected);
    }
}

} // namespace
} // namespace g4rt
