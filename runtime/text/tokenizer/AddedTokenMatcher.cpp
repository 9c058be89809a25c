//===- AddedTokenMatcher.cpp - Finds added tokens in raw text -------------===//

#include "runtime/text/tokenizer/AddedTokenMatcher.h"

#include <algorithm>
#include <cstring>

namespace g4rt {

AddedTokenMatcher::AddedTokenMatcher(std::vector<Entry> entries)
    : entries_(std::move(entries)) {
  for (const Entry &entry : entries_)
    firstBytes_.set(static_cast<unsigned char>(entry.content[0]));
  if (firstBytes_.count() == 1)
    onlyFirstByte_ = static_cast<unsigned char>(entries_[0].content[0]);
}

size_t AddedTokenMatcher::nextCandidate(std::string_view text,
                                        size_t from) const {
  if (onlyFirstByte_ >= 0) {
    const void *at =
        std::memchr(text.data() + from, onlyFirstByte_, text.size() - from);
    return at ? static_cast<size_t>(static_cast<const char *>(at) - text.data())
              : text.size();
  }
  while (from < text.size() &&
         !firstBytes_[static_cast<unsigned char>(text[from])])
    ++from;
  return from;
}

// Narrows the sorted entries byte by byte to those that go on as `text` does.
// An entry that ends at a depth is the first of the range at that depth.
AddedTokenMatcher::Match AddedTokenMatcher::longestAt(std::string_view text,
                                                      size_t begin) const {
  Match match{begin, 0, 0};
  auto first = entries_.begin(), last = entries_.end();
  for (size_t depth = 0; begin + depth < text.size(); ++depth) {
    unsigned char byte = static_cast<unsigned char>(text[begin + depth]);
    auto byteOf = [depth](const Entry &entry) {
      return depth < entry.content.size()
                 ? static_cast<unsigned char>(entry.content[depth])
                 : -1;
    };
    first = std::partition_point(
        first, last, [&](const Entry &e) { return byteOf(e) < byte; });
    last = std::partition_point(
        first, last, [&](const Entry &e) { return byteOf(e) <= byte; });
    if (first == last)
      break;
    if (first->content.size() == depth + 1)
      match = {begin, depth + 1, first->id};
  }
  return match;
}

AddedTokenMatcher::Match AddedTokenMatcher::find(std::string_view text,
                                                 size_t from) const {
  if (entries_.empty())
    return {text.size(), 0, 0};
  for (; (from = nextCandidate(text, from)) < text.size(); ++from)
    if (Match match = longestAt(text, from); match.size > 0)
      return match;
  return {text.size(), 0, 0};
}

} // namespace g4rt
