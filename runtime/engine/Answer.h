//===- Answer.h - From sampled tokens to events -----------------*- C++ -*-===//
//
// Everything of one request but its place in the schedule: the state of its
// sampler and of its text, why it ends, what it used and how long it took. No
// clock: times are passed in.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_ANSWER_H
#define G4_RUNTIME_ENGINE_ANSWER_H

#include "runtime/base/BudgetedThreads.h"
#include "runtime/base/Status.h"
#include "runtime/engine/AnswerPieces.h"
#include "runtime/engine/EngineView.h"
#include "runtime/engine/Generation.h"
#include "runtime/engine/TokenLimits.h"
#include "runtime/grammar/AnswerGuide.h"
#include "runtime/sample/Generator.h"
#include "runtime/sample/Sampler.h"
#include "runtime/sample/TokenCounts.h"
#include "runtime/text/answer/AnswerMarks.h"
#include "runtime/text/answer/StopMatcher.h"
#include "runtime/text/tokenizer/StreamDecoder.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Belongs to one thread at a time. Borrows the tokenizer.
class Answer {
public:
  using Time = std::chrono::steady_clock::time_point;

  /// `request` has passed Engine's checks; its maxTokens is at least 1.
  /// Errors: InvalidArgument from StopMatcher::create.
  static Result<Answer> create(GenerationRequest request,
                               const Tokenizer &tokenizer, Time submitted);

  /// Compiles the request's rules, which hold from then on: before the first
  /// token, and beside the steps, because it can take a while. The tokens that
  /// may follow one are found on `threads`; null: by append(). Errors: those of
  /// AnswerGuide::create.
  Status compileRules(const Tokenizer &tokenizer, GrammarCompiler &grammars,
                      BudgetedThreads *threads = nullptr);

  /// The ids of the prompt; empty from the second call on.
  std::vector<int32_t> takePrompt() { return std::move(request_.promptIds); }
  /// Whether scorePrompt() wants the logits of all rows of the prompt.
  bool wantsPromptLogits() const { return !scoredIds_.empty(); }
  /// From now on a thought goes no further than its label. Nothing where the
  /// answer is no chat's, or the vocabulary has no marks.
  void endThought();
  /// Whether it ends before a token is chosen.
  bool isPromptOnly() const { return request_.isPromptOnly; }
  int64_t maxTokens() const { return request_.maxTokens; }
  const std::string &requestId() const { return request_.requestId; }
  int32_t priority() const { return request_.priority; }
  const KeyShare &share() const { return request_.share; }
  const std::string &cacheSalt() const { return request_.cacheSalt; }

  /// When it must have ended, or begun: the next time to ask isLate(). None if
  /// there is no such time.
  std::optional<Time> nextDeadline() const;
  bool isLate(Time now) const;

  /// Its first row is in a step that starts `now`; so many tokens of the prompt
  /// lie in the prefix cache.
  void start(int64_t numCachedTokens, Time now);

  /// What the next rows of the prompt say of the tokens after them. Errors:
  /// those of scoreToken.
  Result<GenerationEvent> scorePrompt(std::span<const LogitSource> rows);
  /// Chooses the next token. Errors: those of Sampler::sample.
  Result<Sample> choose(Sampler &sampler, const LogitSource &logits);
  /// Adds a token that was chosen `now`; the event has an end if it is the
  /// last.
  GenerationEvent append(Sample sample, Time now);
  /// Open while the tokens that may come next are being found: choose() must
  /// wait for that, and never comes if they are overdue. Waits for `patience`
  /// at most.
  JobState followRules(std::chrono::milliseconds patience);
  /// Whether no token may come next; not while followRules() is open.
  bool isOver() const { return guide_ && guide_->isOver(); }
  /// Ends the answer without a further token. `error` of Failed alone.
  GenerationEvent end(FinishReason reason, Status error, Time now);

  /// Seconds from submit to the last token; none before the first token.
  std::optional<double> lastToken() const { return lastToken_; }
  int64_t numTokens() const { return usage_.numAnswerTokens; }
  int64_t numPromptTokens() const { return usage_.numPromptTokens; }

  /// What there is to see of it `now`; what the scheduler knows is missing.
  SlotView view(Time now) const;

private:
  Answer(GenerationRequest request, StopMatcher stops,
         const Tokenizer &tokenizer, Time submitted);

  void guide(int32_t id);
  bool isKnownToBeOver();
  std::optional<FinishReason> addText(int32_t id, std::string_view piece,
                                      std::string &text);
  bool seekStop(std::string_view piece, std::string &text);
  FinishReason finish(FinishReason reason, std::string &text);
  bool isStopSoughtIn(int32_t id);
  void enterPart(int32_t id);
  const TokenMask *rules();
  void finishText(std::string &text);
  void conclude(GenerationEvent &event, FinishReason reason, Status error,
                Time now);
  GenerationEnd endOf(FinishReason reason, Status error, Time now) const;
  double secondsUntil(Time now) const;

  GenerationRequest request_;
  std::vector<int32_t> scoredIds_; // the prompt, where its logits are wanted
  size_t numScored_ = 0;           // of its rows
  StopMatcher stops_;
  AnswerMarks marks_; // of a chat
  AnswerStart start_ = AnswerStart::Content;
  AnswerPart part_ = AnswerPart::Content;
  int64_t labelLeft_ = 0; // tokens of a thought's label that may still come
  std::optional<TokenMask> thoughtEnd_; // alone; none: thoughts are free
  size_t numTokens_;                    // of the vocabulary
  std::shared_ptr<AnswerGuide> guide_;  // null: there are no rules
  BudgetedThreads *guideThreads_ = nullptr;
  std::shared_ptr<BudgetedThreads::Job> following_; // has the guide; or null
  TokenLimits limits_;
  StreamDecoder decoder_;
  AnswerPieces pieces_;
  Generator generator_;
  TokenCounts counts_;
  GenerationUsage usage_;
  GenerationTimes times_;
  Time submitted_;
  bool hasStarted_ = false;
  std::optional<double> lastToken_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ANSWER_H
