//===- TokenIndex.cpp - Tokens by the beginnings of names -----------------===//

#include "runtime/grammar/TokenIndex.h"

#include <algorithm>
#include <numeric>

namespace g4rt {

static bool isNamePart(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

TokenIndex::TokenIndex(const std::vector<std::string> &texts)
    : places_(texts.size(), -1) {
  for (size_t id = 0; id < texts.size(); ++id) {
    std::string_view text = texts[id];
    if (!text.empty() && isNamePart(text.substr(0, text.find('{'))))
      ids_.push_back(static_cast<int32_t>(id));
  }
  std::ranges::sort(ids_, {}, [&](int32_t id) -> const std::string & {
    return texts[static_cast<size_t>(id)];
  });
  for (size_t place = 0; place < ids_.size(); ++place) {
    auto id = static_cast<size_t>(ids_[place]);
    texts_.push_back(texts[id]);
    places_[id] = static_cast<int32_t>(place);
    ++firsts_[static_cast<unsigned char>(texts[id].front()) + 1];
  }
  std::partial_sum(firsts_.begin(), firsts_.end(), firsts_.begin());
}

bool TokenIndex::canFollow(std::string_view name) {
  return name.ends_with('{') && name.find('{') == name.size() - 1 &&
         isNamePart(name);
}

std::string_view TokenIndex::textOf(int32_t id) const {
  bool isKnown = id >= 0 && static_cast<size_t>(id) < places_.size();
  int32_t place = isKnown ? places_[static_cast<size_t>(id)] : -1;
  return place < 0 ? std::string_view()
                   : std::string_view(texts_[static_cast<size_t>(place)]);
}

// Sorted as bytes; a text that ends is before all that go on.
TokenIndex::Range TokenIndex::goOn(const Range &range, char next) const {
  auto byte = static_cast<unsigned char>(next);
  if (range.size == 0)
    return {firsts_[byte], firsts_[byte + 1], 1};
  auto byteAt = [&](const std::string &text) {
    return text.size() > range.size
               ? static_cast<int>(static_cast<unsigned char>(text[range.size]))
               : -1;
  };
  auto begin = texts_.begin();
  auto found =
      std::ranges::equal_range(begin + static_cast<std::ptrdiff_t>(range.first),
                               begin + static_cast<std::ptrdiff_t>(range.last),
                               static_cast<int>(byte), {}, byteAt);
  return {static_cast<size_t>(found.begin() - begin),
          static_cast<size_t>(found.end() - begin), range.size + 1};
}

std::span<const int32_t> TokenIndex::whole(const Range &range) const {
  size_t end = range.first;
  while (end < range.last && texts_[end].size() == range.size)
    ++end;
  return std::span(ids_).subspan(range.first, end - range.first);
}

} // namespace g4rt
