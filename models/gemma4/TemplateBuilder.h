//===- TemplateBuilder.h - Writes chat template programs --------*- C++ -*-===//
//
//   t.when(isImage && !isListed, [&] { t.literal("<|image|>"); });
//
// C++ that reads like the template and leaves its program behind.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_TEMPLATEBUILDER_H
#define G4_MODELS_GEMMA4_TEMPLATEBUILDER_H

#include "runtime/artifact/ChatTemplate_generated.h"

#include "flatbuffers/flatbuffers.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace g4::gemma4 {

/// Facts joined by and, or and not; kept as an or of ands.
struct Condition {
  using Clause = std::vector<artifact::ChatTerm>;

  Condition(artifact::ChatFact fact)
      : clauses{{artifact::ChatTerm(fact, false)}} {}
  explicit Condition(std::vector<Clause> anyOf) : clauses(std::move(anyOf)) {}

  std::vector<Clause> clauses;
};

Condition operator||(const Condition &left, const Condition &right);
Condition operator&&(const Condition &left, const Condition &right);
Condition operator!(const Condition &condition);

// Between two enumerators no conversion is tried.
inline Condition operator||(artifact::ChatFact left, artifact::ChatFact right) {
  return Condition(left) || Condition(right);
}
inline Condition operator&&(artifact::ChatFact left, artifact::ChatFact right) {
  return Condition(left) && Condition(right);
}
inline Condition operator!(artifact::ChatFact fact) { return !Condition(fact); }

/// Builds a program step by step; a body is what its function adds.
class TemplateBuilder {
public:
  void literal(std::string_view text);
  void text(artifact::ChatText what,
            artifact::ChatFilter how = artifact::ChatFilter::none);
  void value(artifact::ChatValue what, artifact::ChatFormat how);
  void when(const Condition &condition, const std::function<void()> &body);
  void each(artifact::ChatList list, const std::function<void()> &body);

  struct Names {
    std::string_view name;
    std::string_view quote;
    std::string_view thoughtBegin;
    std::string_view thoughtEnd;
  };
  flatbuffers::Offset<artifact::ChatTemplate>
  finish(const Names &names, flatbuffers::FlatBufferBuilder &builder) const;

private:
  void add(artifact::ChatOp op, uint8_t what, uint8_t how, size_t index);
  void addWithBody(artifact::ChatOp op, uint8_t what, size_t index,
                   const std::function<void()> &body);

  std::vector<artifact::ChatStep> steps_;
  std::vector<std::string> literals_;
  std::vector<Condition> conditions_;
};

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_TEMPLATEBUILDER_H
