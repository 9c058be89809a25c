//===- CallMatcher.cpp - Where a call of one of many tools is -------------===//

#include "runtime/grammar/CallMatcher.h"

#include <algorithm>
#include <utility>

namespace g4rt {

CallMatcher::CallMatcher(std::shared_ptr<const Tools> tools,
                         GrammarCompiler &compiler)
    : tools_(std::move(tools)), compiler_(&compiler) {
  for (const ToolRule &tool : *tools_)
    if (TokenIndex::canFollow(tool.begin))
      named_.push_back(&tool);
    else
      open(tool);
}

void CallMatcher::open(const ToolRule &tool) {
  auto grammar = compiler_->compile(tool.grammar);
  if (!grammar)
    return;
  GrammarMatcher matcher(*std::move(grammar));
  for (int32_t id : ids_)
    matcher.accept(id);
  open_.push_back(std::move(matcher));
}

void CallMatcher::fill(TokenMask &mask) {
  mask.forbidAll();
  if (!named_.empty())
    follow(named_, compiler_->tokens().all(), mask);
  for (const ToolRule *tool : std::exchange(reached_, {})) {
    std::erase(named_, tool);
    open(*tool);
  }
  if (named_.empty() && open_.size() == 1)
    return open_.front().fill(mask);
  TokenMask one(open_.empty() ? 0 : mask.numTokens());
  for (GrammarMatcher &matcher : open_) {
    matcher.fill(one);
    for (size_t i = 0; i < mask.words().size(); ++i)
      mask.words()[i] |= one.words()[i];
  }
}

/// Allows the tokens that are a begin of what is left of one of `names`, which
/// all begin with the text of `range`. A tool is reached where its name has
/// ended, or a token can end it and go on.
void CallMatcher::follow(Names names, const TokenIndex::Range &range,
                         TokenMask &mask) {
  const TokenIndex &tokens = compiler_->tokens();
  for (; !names.empty() && restOf(*names.front()).size() == range.size;
       names = names.subspan(1))
    if (tokens.hasLonger(range))
      reached_.push_back(names.front());
  while (!names.empty()) {
    char next = restOf(*names.front())[range.size];
    auto other = std::ranges::find_if(names, [&](const ToolRule *tool) {
      return restOf(*tool)[range.size] != next;
    });
    TokenIndex::Range longer = tokens.goOn(range, next);
    for (int32_t id : tokens.whole(longer))
      mask.allow(id);
    if (!longer.empty())
      follow(Names(names.begin(), other), longer, mask);
    names = Names(other, names.end());
  }
}

void CallMatcher::accept(int32_t id) {
  std::erase_if(open_,
                [id](GrammarMatcher &matcher) { return !matcher.accept(id); });
  if (named_.empty())
    return;
  ids_.push_back(id);
  std::string_view text = compiler_->tokens().textOf(id);
  std::erase_if(named_, [&](const ToolRule *tool) {
    return text.empty() || !restOf(*tool).starts_with(text);
  });
  numTaken_ += text.size();
}

bool CallMatcher::isComplete() const {
  return std::ranges::any_of(open_, &GrammarMatcher::isComplete);
}

} // namespace g4rt
