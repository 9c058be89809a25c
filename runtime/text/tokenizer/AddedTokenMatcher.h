//===- AddedTokenMatcher.h - Finds added tokens in raw text -----*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TOKENIZER_ADDEDTOKENMATCHER_H
#define G4_RUNTIME_TEXT_TOKENIZER_ADDEDTOKENMATCHER_H

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace g4rt {

/// Finds the leftmost and, of those, the longest of a set of strings.
class AddedTokenMatcher {
public:
  struct Entry {
    std::string_view content; // not empty; borrowed
    uint32_t id;
  };
  struct Match {
    size_t begin;
    size_t size; // 0: nothing found
    uint32_t id;
  };

  AddedTokenMatcher() = default;
  /// `entries` are sorted by content.
  explicit AddedTokenMatcher(std::vector<Entry> entries);

  bool empty() const { return entries_.empty(); }
  /// The first match at or after `from`. Linear in the text, with the longest
  /// entry as factor.
  Match find(std::string_view text, size_t from) const;

private:
  size_t nextCandidate(std::string_view text, size_t from) const;
  Match longestAt(std::string_view text, size_t begin) const;

  std::vector<Entry> entries_;
  std::bitset<256> firstBytes_;
  int onlyFirstByte_ = -1; // set if all entries share it
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TOKENIZER_ADDEDTOKENMATCHER_H
