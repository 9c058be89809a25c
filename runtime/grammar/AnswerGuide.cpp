//===- AnswerGuide.cpp - Which tokens an answer may go on with ------------===//

#include "runtime/grammar/AnswerGuide.h"

#include <algorithm>
#include <utility>

namespace g4rt {

AnswerGuide::AnswerGuide(const AnswerRules &rules, const Tokenizer &tokenizer,
                         AnswerStart start, std::vector<int32_t> stopIds)
    : rules_{.calls = rules.calls,
             .isOneCall = rules.isOneCall,
             .mayThink = rules.mayThink,
             .maxThoughtTokens = rules.maxThoughtTokens},
      marks_(AnswerMarks::of(tokenizer)), stopIds_(std::move(stopIds)),
      part_(partOf(start)), hasThought_(part_ == AnswerPart::Thought),
      labelLeft_(start == AnswerStart::Channel ? marks_.numLabelTokens : 0),
      mask_(static_cast<size_t>(tokenizer.numTokens())) {}

static Status checkCompiles(const std::string &grammar,
                            GrammarCompiler &compiler) {
  auto compiled = compiler.compile(grammar);
  return compiled ? Status() : std::move(compiled).error();
}

Result<AnswerGuide> AnswerGuide::create(const AnswerRules &rules,
                                        GrammarCompiler &compiler,
                                        const Tokenizer &tokenizer,
                                        AnswerStart start,
                                        std::vector<int32_t> stopIds) {
  AnswerGuide guide(rules, tokenizer, start, std::move(stopIds));
  if (!rules.content.empty()) {
    G4RT_ASSIGN(auto grammar, compiler.compile(rules.content));
    guide.content_.emplace(std::move(grammar));
  }
  if (!rules.tools.empty()) {
    // One of them tells what is wrong with all.
    G4RT_TRY(checkCompiles(rules.tools.front().grammar, compiler));
    auto tools = std::make_shared<CallMatcher::Tools>(rules.tools);
    std::ranges::sort(*tools, {}, &ToolRule::begin);
    guide.tools_ = std::move(tools);
    guide.compiler_ = &compiler;
  }
  guide.findAllowed();
  return guide;
}

bool AnswerGuide::isStop(int32_t id) const {
  return std::find(stopIds_.begin(), stopIds_.end(), id) != stopIds_.end();
}

bool AnswerGuide::mayCall() const {
  return rules_.calls != CallRule::None && !(rules_.isOneCall && numCalls_ > 0);
}

bool AnswerGuide::mayThink() const {
  return rules_.mayThink && !hasThought_ && !hasContent_ && numCalls_ == 0 &&
         !isThoughtOver();
}

// Content that its grammar lets be nothing is owed, too: it can end at once.
bool AnswerGuide::owesAnswer() const {
  if (rules_.calls == CallRule::Required)
    return numCalls_ == 0;
  return content_ && numCalls_ == 0 && !content_->isComplete();
}

void AnswerGuide::accept(int32_t id) {
  if (isStop(id))
    return;
  if (marks_.isBoundary(id)) {
    numCalls_ += part_ == AnswerPart::Call && id == marks_.callEnd;
    enter(marks_.after(part_, id));
  } else if (part_ == AnswerPart::Thought) {
    countThought();
  } else if (part_ == AnswerPart::Call && call_) {
    call_->accept(id);
  } else if (part_ == AnswerPart::Content) {
    hasContent_ = true;
    if (content_)
      content_->accept(id);
  }
  findAllowed();
}

void AnswerGuide::countThought() {
  if (labelLeft_ > 0)
    --labelLeft_;
  else
    ++numThoughtTokens_;
}

bool AnswerGuide::isThoughtOver() const {
  return marks_.channelEnd && rules_.maxThoughtTokens >= 0 &&
         numThoughtTokens_ >= rules_.maxThoughtTokens;
}

void AnswerGuide::enter(AnswerPart part) {
  part_ = part;
  if (part == AnswerPart::Thought) {
    hasThought_ = true;
    labelLeft_ = marks_.numLabelTokens;
  }
  call_.reset();
  if (part == AnswerPart::Call && tools_)
    call_.emplace(tools_, *compiler_);
}

//===----------------------------------------------------------------------===//
// What may come next
//===----------------------------------------------------------------------===//

void AnswerGuide::allowOnly() {
  isFree_ = false;
  mask_.forbidAll();
}

void AnswerGuide::allow(std::optional<int32_t> id) {
  if (id)
    mask_.allow(*id);
}

void AnswerGuide::allowStops() {
  for (int32_t id : stopIds_)
    mask_.allow(id);
}

void AnswerGuide::forbid(std::optional<int32_t> id) {
  if (!id)
    return;
  if (std::exchange(isFree_, false))
    mask_.allowAll();
  mask_.forbid(*id);
}

void AnswerGuide::findAllowed() {
  isFree_ = true;
  switch (part_) {
  case AnswerPart::Thought:
    return guideThought();
  case AnswerPart::Content:
    return guideContent();
  case AnswerPart::Call:
    return guideCall();
  }
}

void AnswerGuide::guideThought() {
  if (isThoughtOver() && labelLeft_ == 0) {
    allowOnly();
    return allow(marks_.channelEnd);
  }
  if (owesAnswer())
    for (int32_t id : stopIds_)
      forbid(id);
  if (!mayCall())
    forbid(marks_.callBegin);
}

void AnswerGuide::guideContent() {
  if (numCalls_ > 0 &&
      (content_ || rules_.calls == CallRule::Required || rules_.isOneCall))
    return guideAfterCalls();
  bool isOwed = content_ || rules_.calls == CallRule::Required;
  if (!isOwed) {
    if (!mayCall())
      forbid(marks_.callBegin);
    if (isThoughtOver())
      forbid(marks_.channelBegin);
    return;
  }
  isFree_ = false;
  if (rules_.calls == CallRule::Required) {
    mask_.forbidAll();
  } else {
    content_->fill(mask_);
    if (content_->isComplete())
      allowStops();
  }
  if (mayThink())
    allow(marks_.channelBegin);
  if (mayCall() && !hasContent_)
    allow(marks_.callBegin);
}

void AnswerGuide::guideAfterCalls() {
  allowOnly();
  allowStops();
  if (mayCall())
    allow(marks_.callBegin);
}

void AnswerGuide::guideCall() {
  if (!call_) {
    for (int32_t id : stopIds_)
      forbid(id);
    return;
  }
  isFree_ = false;
  call_->fill(mask_);
  if (call_->isComplete())
    allow(marks_.callEnd);
}

} // namespace g4rt
