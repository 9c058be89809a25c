//===- Answer.h - From sampled tokens to events -----------------*- C++ -*-===//
//
// Everything of one request but its place in the schedule: the state of its
// sampler and of its text, why it ends, what it used and how long it took. No
// clock: times are passed in.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_ANSWER_H
#define G4_RUNTIME_ENGINE_ANSWER_H

#include "runtime/base/Status.h"
#include "runtime/engine/Generation.h"
#include "runtime/sample/Generator.h"
#include "runtime/sample/Sampler.h"
#include "runtime/sample/TokenCounts.h"
#include "runtime/text/AnswerMarks.h"
#include "runtime/text/StopMatcher.h"
#include "runtime/text/StreamDecoder.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
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

  /// The ids of the prompt; empty from the second call on.
  std::vector<int32_t> takePrompt() { return std::move(request_.promptIds); }
  int64_t maxTokens() const { return request_.maxTokens; }

  /// Its first row is in a step that starts `now`.
  void start(Time now);

  /// Chooses the next token. Errors: those of Sampler::sample.
  Result<Sample> choose(Sampler &sampler, const LogitSource &logits);
  /// Adds a token that was chosen `now`; the event has an end if it is the
  /// last.
  GenerationEvent append(Sample sample, Time now);
  /// Ends the answer without a further token. `error` of Failed alone.
  GenerationEvent end(FinishReason reason, Status error, Time now);

  /// Seconds from submit to the last token; none before the first token.
  std::optional<double> lastToken() const { return lastToken_; }
  int64_t numTokens() const { return usage_.numAnswerTokens; }

private:
  Answer(GenerationRequest request, StopMatcher stops,
         const Tokenizer &tokenizer, Time submitted);

  std::optional<FinishReason> addText(int32_t id, std::string &text);
  bool isStopSoughtIn(int32_t id);
  void finishText(std::string &text);
  GenerationEnd endOf(FinishReason reason, Status error, Time now) const;
  double secondsUntil(Time now) const;

  GenerationRequest request_;
  StopMatcher stops_;
  AnswerMarks marks_; // of a chat
  AnswerPart part_ = AnswerPart::Content;
  StreamDecoder decoder_;
  Generator generator_;
  TokenCounts counts_;
  GenerationUsage usage_;
  GenerationTimes times_;
  Time submitted_;
  std::optional<double> lastToken_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ANSWER_H
