//===- ChatTemplate.cpp - Conversations to prompts ------------------------===//

#include "runtime/text/template/ChatTemplate.h"

#include "runtime/text/template/ChatCursor.h"
#include "runtime/text/template/ChatProgram.h"
#include "runtime/text/template/SchemaFormat.h"

#include <algorithm>

namespace g4rt {

using artifact::ChatFilter;
using artifact::ChatFormat;
using artifact::ChatList;
using artifact::ChatOp;
using artifact::ChatStep;
using artifact::ChatText;
using artifact::ChatValue;

namespace {

/// One run of a checked program. It recurses as deep as the program is nested.
class Run {
public:
  Run(const artifact::ChatTemplate &program, ThoughtMarks marks)
      : program_(program), marks_(marks) {}

  Status steps(size_t begin, size_t end, const ChatCursor &cursor);
  Prompt prompt;

private:
  Status step(size_t at, const ChatCursor &cursor);
  Status text(const ChatStep &step, const ChatCursor &cursor);
  Status value(const ChatStep &step, const ChatCursor &cursor);
  bool holds(const artifact::ChatCondition &condition,
             const ChatCursor &cursor) const;
  std::string filtered(std::string text, ChatFilter filter) const;
  std::string_view quote() const { return program_.quote()->string_view(); }

  const artifact::ChatTemplate &program_;
  ThoughtMarks marks_;
};

} // namespace

Status Run::steps(size_t begin, size_t end, const ChatCursor &cursor) {
  for (size_t at = begin; at < end;) {
    const ChatStep &s = *program_.steps()->Get(static_cast<uint32_t>(at));
    G4RT_TRY(step(at, cursor));
    at = s.op() >= ChatOp::when ? s.end() : at + 1;
  }
  return Status();
}

Status Run::step(size_t at, const ChatCursor &cursor) {
  const ChatStep &s = *program_.steps()->Get(static_cast<uint32_t>(at));
  switch (s.op()) {
  case ChatOp::literal:
    prompt.appendLiteral(program_.literals()->Get(s.index())->string_view());
    return Status();
  case ChatOp::text:
    return text(s, cursor);
  case ChatOp::value:
    return value(s, cursor);
  case ChatOp::when:
    if (!holds(*program_.conditions()->Get(s.index()), cursor))
      return Status();
    return steps(at + 1, s.end(), cursor);
  case ChatOp::each:
    return cursor.each(ChatList(s.what()), [&](const ChatCursor &inner) {
      return steps(at + 1, s.end(), inner);
    });
  }
  return Status();
}

bool Run::holds(const artifact::ChatCondition &condition,
                const ChatCursor &cursor) const {
  auto termHolds = [&](const artifact::ChatTerm *term) {
    return cursor.holds(term->fact()) != term->negated();
  };
  for (const artifact::ChatClause *clause : *condition.any_of())
    if (std::all_of(clause->all_of()->begin(), clause->all_of()->end(),
                    termHolds))
      return true;
  return false;
}

Status Run::text(const ChatStep &step, const ChatCursor &cursor) {
  G4RT_ASSIGN(std::string text, cursor.text(ChatText(step.what())));
  prompt.appendContent(filtered(std::move(text), ChatFilter(step.how())));
  return Status();
}

std::string Run::filtered(std::string text, ChatFilter filter) const {
  switch (filter) {
  case ChatFilter::none:
    return text;
  case ChatFilter::trim:
    return std::string(trimmed(text));
  case ChatFilter::without_thoughts:
    return std::string(trimmed(withoutThoughts(text, marks_)));
  }
  return text;
}

Status Run::value(const ChatStep &step, const ChatCursor &cursor) {
  const Value &value = cursor.value(ChatValue(step.what()));
  ChatFormat format = ChatFormat(step.how());
  if (format == ChatFormat::plain)
    ValueFormat(prompt, quote()).value(value, KeyStyle::Bare);
  if (format == ChatFormat::members && value.map())
    ValueFormat(prompt, quote()).members(*value.map(), KeyStyle::Bare);
  if (format == ChatFormat::plain || format == ChatFormat::members)
    return Status();
  ToolPath path(cursor.tool ? cursor.toolIndex() : 0);
  JsonPath parameters = path.function.key("parameters");
  SchemaFormat schemas(prompt, quote());
  return format == ChatFormat::schemas
             ? schemas.properties(value, parameters.key("properties"))
             : schemas.strings(value, parameters.key("required"));
}

Result<ChatTemplate>
ChatTemplate::create(const artifact::ChatTemplate &program) {
  G4RT_TRY(checkChatProgram(program));
  return ChatTemplate(program);
}

Result<Prompt> ChatTemplate::render(const Conversation &conversation) const {
  ThoughtMarks marks{program_->thought_begin()->string_view(),
                     program_->thought_end()->string_view()};
  ChatView view = viewOf(conversation, marks);
  ChatCursor cursor;
  cursor.view = &view;
  Run run(*program_, marks);
  G4RT_TRY(run.steps(0, program_->steps()->size(), cursor));
  return std::move(run.prompt);
}

} // namespace g4rt
