//===- AnswerGuide.h - Which tokens an answer may go on with ----*- C++ -*-===//
//
// One machine over token ids: marks move an answer between thought, content and
// calls; in content and in calls a grammar may hold. A thought is free, but
// that it cannot end an answer that still owes something, and that it may have
// as many tokens as the rules say: then its end mark is all that can come.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_ANSWERGUIDE_H
#define G4_RUNTIME_GRAMMAR_ANSWERGUIDE_H

#include "runtime/base/Status.h"
#include "runtime/grammar/AnswerRules.h"
#include "runtime/grammar/CallMatcher.h"
#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/sample/TokenMask.h"
#include "runtime/text/answer/AnswerMarks.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace g4rt {

/// State of one answer. Of one thread.
class AnswerGuide {
public:
  /// Compiles what `rules` need before the first call; borrows the compiler,
  /// for what calls need. `stopIds` end the answer. Errors: those of
  /// GrammarCompiler::compile.
  static Result<AnswerGuide> create(const AnswerRules &rules,
                                    GrammarCompiler &compiler,
                                    const Tokenizer &tokenizer,
                                    AnswerStart start,
                                    std::vector<int32_t> stopIds);

  /// The tokens that may come next; null: all of them.
  const TokenMask *allowed() const { return isFree_ ? nullptr : &mask_; }
  /// Whether nothing may come next, not even a stop id.
  bool isOver() const { return !isFree_ && mask_.isEmpty(); }
  /// Goes on with a token that was allowed.
  void accept(int32_t id);

private:
  AnswerGuide(const AnswerRules &rules, const Tokenizer &tokenizer,
              AnswerStart start, std::vector<int32_t> stopIds);

  void countThought();
  bool isThoughtOver() const;
  bool isStop(int32_t id) const;
  bool mayCall() const;
  bool mayThink() const;
  bool owesAnswer() const;
  void enter(AnswerPart part);
  void findAllowed();
  void guideThought();
  void guideContent();
  void guideCall();
  void guideAfterCalls();
  void allowOnly();
  void allow(std::optional<int32_t> id);
  void allowStops();
  void forbid(std::optional<int32_t> id);

  AnswerRules rules_; // without the grammars' text
  AnswerMarks marks_;
  std::vector<int32_t> stopIds_;
  GrammarCompiler *compiler_ = nullptr;
  std::shared_ptr<const CallMatcher::Tools> tools_; // null: calls are free
  std::optional<GrammarMatcher> content_;
  std::optional<CallMatcher> call_; // of the call that is open
  AnswerPart part_;
  bool hasThought_;
  int64_t labelLeft_;
  int64_t numThoughtTokens_ = 0; // of all thoughts
  bool hasContent_ = false;
  int64_t numCalls_ = 0;
  bool isFree_ = true;
  TokenMask mask_;
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_ANSWERGUIDE_H
