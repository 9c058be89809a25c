//===- PagePool.cpp - Who owns the pages of the KV cache ------------------===//

#include "runtime/kv/PagePool.h"

#include <cassert>
#include <numeric>

namespace g4rt {

PagePool::PagePool(int64_t numPages) : numOwners_(numPages), free_(numPages) {
  // Page 0 is taken first.
  std::iota(free_.rbegin(), free_.rend(), 0);
}

std::optional<std::vector<int32_t>> PagePool::take(int64_t count) {
  if (count > numFree())
    return std::nullopt;
  std::vector<int32_t> pages(free_.rbegin(), free_.rbegin() + count);
  free_.resize(free_.size() - count);
  for (int32_t page : pages)
    numOwners_[page] = 1;
  return pages;
}

void PagePool::share(int32_t page) {
  assert(numOwners_[page] > 0 && "a free page cannot be shared");
  ++numOwners_[page];
}

void PagePool::release(std::span<const int32_t> pages) {
  for (int32_t page : pages) {
    assert(numOwners_[page] > 0 && "a free page cannot be released");
    if (--numOwners_[page] == 0)
      free_.push_back(page);
  }
}

} // namespace g4rt
