//===- PagePool.cpp - Who owns the pages of a KV cache --------------------===//

#include "runtime/kv/PagePool.h"

#include <cassert>
#include <numeric>

namespace g4rt {

PagePool::PagePool(int64_t numPages)
    : numOwners_(numPages), numKept_(numPages), free_(numPages) {
  // Page 0 is taken first.
  std::iota(free_.rbegin(), free_.rend(), 0);
}

std::optional<int32_t> PagePool::take() {
  if (free_.empty())
    return std::nullopt;
  int32_t page = free_.back();
  free_.pop_back();
  numOwners_[page] = 1;
  return page;
}

/// So many more owners, and so many more of them that are the prefix cache.
void PagePool::change(int32_t page, int32_t owners, int32_t kept) {
  numIdle_ -= isIdle(page);
  numOwners_[page] += owners;
  numKept_[page] += kept;
  if (numOwners_[page] == 0)
    free_.push_back(page);
  numIdle_ += isIdle(page);
}

void PagePool::share(int32_t page) {
  assert(numOwners_[page] > 0 && "a free page cannot be shared");
  change(page, /*owners=*/1, /*kept=*/0);
}

void PagePool::release(int32_t page) {
  assert(numOwners_[page] > 0 && "a free page cannot be released");
  assert(!isIdle(page) && "the prefix cache drops its pages");
  change(page, /*owners=*/-1, /*kept=*/0);
}

void PagePool::keep(int32_t page) {
  assert(numOwners_[page] > 0 && "a free page cannot be kept");
  change(page, /*owners=*/1, /*kept=*/1);
}

void PagePool::drop(int32_t page) {
  assert(numKept_[page] > 0 && "the prefix cache does not own the page");
  change(page, /*owners=*/-1, /*kept=*/-1);
}

} // namespace g4rt
