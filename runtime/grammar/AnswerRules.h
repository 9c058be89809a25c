//===- AnswerRules.h - What an answer must look like ------------*- C++ -*-===//

#ifndef G4_RUNTIME_GRAMMAR_ANSWERRULES_H
#define G4_RUNTIME_GRAMMAR_ANSWERRULES_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

enum class CallRule : uint8_t {
  Free,
  None,    // no call can be made
  Required // nothing but thoughts and calls, at least one
};

/// What a call of one tool must be.
struct ToolRule {
  /// What each text of the grammar begins with, `call:f{`; or nothing.
  std::string begin = {};
  std::string grammar = {};
};

/// Rules of one answer, as text, so that they travel. Grammars are in the
/// notation of the grammar library; an empty one allows everything.
struct AnswerRules {
  /// Of all that is neither thought nor call.
  std::string content = {};
  /// Of what stands between the two marks of a call: one of these. None: any.
  std::vector<ToolRule> tools = {};
  CallRule calls = CallRule::Free;
  /// Whether the answer ends with its first call.
  bool isOneCall = false;
  /// Whether a thought may begin.
  bool mayThink = true;
  /// Tokens of thought after which it ends, without marks and label; below 0:
  /// any number.
  int64_t maxThoughtTokens = -1;

  /// Whether every answer obeys them.
  bool areNone() const {
    return content.empty() && tools.empty() && calls == CallRule::Free &&
           !isOneCall && maxThoughtTokens < 0;
  }
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_ANSWERRULES_H
