//===- TemplateBuilder.cpp - Writes chat template programs ----------------===//

#include "models/gemma4/TemplateBuilder.h"

#include <algorithm>

namespace g4::gemma4 {

using artifact::ChatOp;
using artifact::ChatStep;
using artifact::ChatTerm;

using Clause = Condition::Clause;

Condition operator||(const Condition &left, const Condition &right) {
  Condition result = left;
  result.clauses.insert(result.clauses.end(), right.clauses.begin(),
                        right.clauses.end());
  return result;
}

Condition operator&&(const Condition &left, const Condition &right) {
  std::vector<Clause> clauses;
  for (const Clause &a : left.clauses)
    for (const Clause &b : right.clauses) {
      clauses.push_back(a);
      clauses.back().insert(clauses.back().end(), b.begin(), b.end());
    }
  return Condition(std::move(clauses));
}

// Not (a and b) is (not a) or (not b); not (c or d) is (not c) and (not d).
Condition operator!(const Condition &condition) {
  Condition result(std::vector<Clause>(1)); // the empty clause: true
  for (const Clause &clause : condition.clauses) {
    std::vector<Clause> negated;
    for (const ChatTerm &term : clause)
      negated.push_back({ChatTerm(term.fact(), !term.negated())});
    result = result && Condition(std::move(negated));
  }
  return result;
}

void TemplateBuilder::add(ChatOp op, uint8_t what, uint8_t how, size_t index) {
  steps_.emplace_back(op, what, how, static_cast<uint16_t>(index), 0);
}

void TemplateBuilder::addWithBody(ChatOp op, uint8_t what, size_t index,
                                  const std::function<void()> &body) {
  size_t at = steps_.size();
  add(op, what, 0, index);
  body();
  steps_[at] = ChatStep(op, what, 0, static_cast<uint16_t>(index),
                        static_cast<uint16_t>(steps_.size()));
}

void TemplateBuilder::literal(std::string_view text) {
  auto known = std::find(literals_.begin(), literals_.end(), text);
  size_t index = static_cast<size_t>(known - literals_.begin());
  if (known == literals_.end())
    literals_.emplace_back(text);
  add(ChatOp::literal, 0, 0, index);
}

void TemplateBuilder::text(artifact::ChatText what, artifact::ChatFilter how) {
  add(ChatOp::text, static_cast<uint8_t>(what), static_cast<uint8_t>(how), 0);
}

void TemplateBuilder::value(artifact::ChatValue what,
                            artifact::ChatFormat how) {
  add(ChatOp::value, static_cast<uint8_t>(what), static_cast<uint8_t>(how), 0);
}

void TemplateBuilder::when(const Condition &condition,
                           const std::function<void()> &body) {
  conditions_.push_back(condition);
  addWithBody(ChatOp::when, 0, conditions_.size() - 1, body);
}

void TemplateBuilder::each(artifact::ChatList list,
                           const std::function<void()> &body) {
  addWithBody(ChatOp::each, static_cast<uint8_t>(list), 0, body);
}

static flatbuffers::Offset<artifact::ChatCondition>
writeCondition(const Condition &condition,
               flatbuffers::FlatBufferBuilder &builder) {
  std::vector<flatbuffers::Offset<artifact::ChatClause>> clauses;
  for (const Condition::Clause &clause : condition.clauses)
    clauses.push_back(artifact::CreateChatClause(
        builder, builder.CreateVectorOfStructs(clause)));
  return artifact::CreateChatCondition(builder, builder.CreateVector(clauses));
}

flatbuffers::Offset<artifact::ChatTemplate>
TemplateBuilder::finish(const Names &names,
                        flatbuffers::FlatBufferBuilder &builder) const {
  auto string = [&](std::string_view text) {
    return builder.CreateString(text.data(), text.size());
  };
  std::vector<flatbuffers::Offset<artifact::ChatCondition>> conditions;
  for (const Condition &condition : conditions_)
    conditions.push_back(writeCondition(condition, builder));
  auto name = string(names.name);
  auto steps = builder.CreateVectorOfStructs(steps_);
  auto literals = builder.CreateVectorOfStrings(literals_);
  auto conditionVector = builder.CreateVector(conditions);
  auto quote = string(names.quote);
  auto begin = string(names.thoughtBegin);
  auto end = string(names.thoughtEnd);
  return artifact::CreateChatTemplate(builder, name, steps, literals,
                                      conditionVector, quote, begin, end);
}

} // namespace g4::gemma4
