//===- ChatProgram.cpp - Checks a template's program ----------------------===//

#include "runtime/text/template/ChatProgram.h"

#include <string>

namespace g4rt {

using artifact::ChatFact;
using artifact::ChatFilter;
using artifact::ChatFormat;
using artifact::ChatList;
using artifact::ChatOp;
using artifact::ChatText;
using artifact::ChatValue;

namespace {

/// What the lists around a step give it, one bit each.
enum Scope : unsigned {
  InConversation = 1,
  InTools = 2,
  InMessages = 4,
  InParts = 8,
  InCalls = 16,
  InResults = 32,
};

/// The list around a step: what may be read there, and the one thing that it is
/// a list of.
struct Place {
  unsigned readable = InConversation;
  Scope innermost = InConversation;
};

struct ListRule {
  Scope inside;
  Scope gives;
};

class Checker {
public:
  explicit Checker(const artifact::ChatTemplate &program) : program_(program) {}

  Status check();

private:
  Status checkSteps(size_t begin, size_t end, Place place, size_t depth) const;
  Status checkStep(size_t at, size_t end, Place place, size_t depth) const;
  Status checkCondition(size_t at, Place place) const;
  Status checkBody(size_t at, size_t end, Place place, size_t depth) const;
  const artifact::ChatStep &step(size_t at) const {
    return *program_.steps()->Get(static_cast<uint32_t>(at));
  }

  const artifact::ChatTemplate &program_;
};

} // namespace

static Status broken(const std::string &what) {
  return Status(StatusCode::DataLoss, "chat template: " + what);
}

static Status brokenStep(size_t at, const char *what) {
  return broken("step " + std::to_string(at) + ": " + what);
}

template <typename Enum>
static bool isOne(unsigned number) {
  return number <= static_cast<unsigned>(Enum::MAX);
}

static ListRule ruleOf(ChatList list) {
  switch (list) {
  case ChatList::tools:
    return {InConversation, InTools};
  case ChatList::system_parts:
    return {InConversation, InParts};
  case ChatList::messages:
    return {InConversation, InMessages};
  case ChatList::parts:
    return {InMessages, InParts};
  case ChatList::calls:
    return {InMessages, InCalls};
  case ChatList::results:
    return {InMessages, InResults};
  case ChatList::result_parts:
    return {InResults, InParts};
  }
  return {};
}

static Scope scopeOf(ChatText text) {
  switch (text) {
  case ChatText::role:
  case ChatText::thought:
    return InMessages;
  case ChatText::part:
    return InParts;
  case ChatText::call_name:
    return InCalls;
  case ChatText::result_name:
    return InResults;
  case ChatText::tool_name:
  case ChatText::tool_description:
  case ChatText::parameters_type:
  case ChatText::response_description:
  case ChatText::response_type:
    return InTools;
  }
  return {};
}

static Scope scopeOf(ChatValue value) {
  switch (value) {
  case ChatValue::arguments:
    return InCalls;
  case ChatValue::result:
    return InResults;
  case ChatValue::properties:
  case ChatValue::required:
    return InTools;
  }
  return {};
}

static Scope scopeOf(ChatFact fact) {
  switch (fact) {
  case ChatFact::thinking_enabled:
  case ChatFact::thinking_preserved:
  case ChatFact::generation_prompt_wanted:
  case ChatFact::has_tools:
  case ChatFact::has_system:
  case ChatFact::ends_in_calls:
  case ChatFact::ends_in_results:
    return InConversation;
  case ChatFact::is_assistant:
  case ChatFact::previous_is_assistant:
  case ChatFact::next_is_assistant:
  case ChatFact::has_next:
  case ChatFact::after_last_user:
  case ChatFact::has_thought:
  case ChatFact::has_calls:
  case ChatFact::has_results:
  case ChatFact::has_content:
    return InMessages;
  case ChatFact::is_text:
  case ChatFact::is_image:
  case ChatFact::is_audio:
  case ChatFact::is_video:
  case ChatFact::is_listed:
    return InParts;
  case ChatFact::result_is_map:
    return InResults;
  case ChatFact::has_parameters:
  case ChatFact::has_properties:
  case ChatFact::has_required:
  case ChatFact::has_type:
  case ChatFact::declares_response:
  case ChatFact::response_is_described:
  case ChatFact::response_is_object:
    return InTools;
  }
  return {};
}

Status Checker::check() {
  size_t numSteps = program_.steps()->size();
  if (numSteps > kMaxChatSteps)
    return broken(std::to_string(numSteps) + " steps, at most " +
                  std::to_string(kMaxChatSteps));
  return checkSteps(0, numSteps, Place(), 0);
}

Status Checker::checkSteps(size_t begin, size_t end, Place place,
                           size_t depth) const {
  for (size_t at = begin; at < end;) {
    G4RT_TRY(checkStep(at, end, place, depth));
    bool owns = step(at).op() >= ChatOp::when;
    at = owns ? step(at).end() : at + 1;
  }
  return Status();
}

Status Checker::checkStep(size_t at, size_t end, Place place,
                          size_t depth) const {
  const artifact::ChatStep &s = step(at);
  unsigned what = s.what(), how = s.how();
  switch (s.op()) {
  case ChatOp::literal:
    if (s.index() >= program_.literals()->size())
      return brokenStep(at, "no such literal");
    return Status();
  case ChatOp::text:
    if (!isOne<ChatText>(what) || !isOne<ChatFilter>(how) ||
        !(scopeOf(ChatText(what)) & place.readable))
      return brokenStep(at, "no such text here");
    return Status();
  case ChatOp::value:
    if (!isOne<ChatValue>(what) || !isOne<ChatFormat>(how) ||
        !(scopeOf(ChatValue(what)) & place.readable))
      return brokenStep(at, "no such value here");
    return Status();
  case ChatOp::when:
    G4RT_TRY(checkCondition(at, place));
    return checkBody(at, end, place, depth);
  case ChatOp::each: {
    if (!isOne<ChatList>(what) ||
        ruleOf(ChatList(what)).inside != place.innermost)
      return brokenStep(at, "no such list here");
    Scope gives = ruleOf(ChatList(what)).gives;
    return checkBody(at, end, {place.readable | gives, gives}, depth);
  }
  }
  return brokenStep(at, "no such operation");
}

Status Checker::checkBody(size_t at, size_t end, Place place,
                          size_t depth) const {
  size_t bodyEnd = step(at).end();
  if (bodyEnd <= at || bodyEnd > end)
    return brokenStep(at, "its body leaves the one around it");
  if (depth == kMaxChatNesting)
    return brokenStep(at, "nested too deeply");
  return checkSteps(at + 1, bodyEnd, place, depth + 1);
}

Status Checker::checkCondition(size_t at, Place place) const {
  if (step(at).index() >= program_.conditions()->size())
    return brokenStep(at, "no such condition");
  const auto &clauses = *program_.conditions()->Get(step(at).index())->any_of();
  size_t numTerms = 0;
  for (const artifact::ChatClause *clause : clauses)
    for (const artifact::ChatTerm *term : *clause->all_of()) {
      unsigned fact = static_cast<unsigned>(term->fact());
      if (!isOne<ChatFact>(fact) || !(scopeOf(term->fact()) & place.readable))
        return brokenStep(at, "no such fact here");
      ++numTerms;
    }
  if (numTerms + clauses.size() > kMaxChatSteps)
    return brokenStep(at, "condition too long");
  return Status();
}

Status checkChatProgram(const artifact::ChatTemplate &program) {
  return Checker(program).check();
}

} // namespace g4rt
