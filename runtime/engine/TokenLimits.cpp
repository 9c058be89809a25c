//===- TokenLimits.cpp - What a request's own lists allow -----------------===//

#include "runtime/engine/TokenLimits.h"

#include <algorithm>
#include <span>

namespace g4rt {

TokenLimits::TokenLimits(const GenerationRequest &request, size_t numTokens)
    : minTokens_(request.minTokens), bannedRows_(request.bannedRows) {
  if (minTokens_ > 0)
    stopIds_ = request.stopIds;
  if (!request.allowedIds.empty())
    allowed_ = TokenMask(numTokens);
  for (int32_t id : request.allowedIds)
    allowed_.allow(id);
  for (const std::vector<int32_t> &row : bannedRows_)
    maxTail_ = std::max(maxTail_, row.size() - 1);
  bool hasLists =
      minTokens_ > 0 || !request.allowedIds.empty() || !bannedRows_.empty();
  if (hasLists)
    mask_ = TokenMask(numTokens);
}

// Forbids the last token of each row whose other ones the answer ends with.
void TokenLimits::forbidRows() {
  for (const std::vector<int32_t> &row : bannedRows_) {
    std::span<const int32_t> begin(row.data(), row.size() - 1);
    if (begin.size() <= tail_.size() &&
        std::equal(begin.rbegin(), begin.rend(), tail_.rbegin()))
      mask_.forbid(row.back());
  }
}

const TokenMask *TokenLimits::mask(const TokenMask *grammar) {
  bool isLimited =
      isTooShort() || allowed_.numTokens() > 0 || !bannedRows_.empty();
  if (!isLimited)
    return grammar;
  if (grammar)
    mask_ = *grammar;
  else
    mask_.allowAll();
  if (allowed_.numTokens() > 0)
    for (size_t i = 0; i < mask_.words().size(); ++i)
      mask_.words()[i] &= allowed_.words()[i];
  if (isTooShort())
    for (int32_t id : stopIds_)
      mask_.forbid(id);
  forbidRows();
  return grammar && mask_.isEmpty() ? grammar : &mask_;
}

void TokenLimits::accept(int32_t id) {
  ++numAccepted_;
  if (maxTail_ == 0)
    return;
  if (tail_.size() == maxTail_)
    tail_.erase(tail_.begin());
  tail_.push_back(id);
}

} // namespace g4rt
