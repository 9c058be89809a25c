//===- Generation.h - A request for tokens and what comes back --*- C++ -*-===//
//
// What a front end (HTTP, the command line) hands to the engine, and what the
// engine hands back. Tokens and pieces of text only: JSON and HTTP are above.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_GENERATION_H
#define G4_RUNTIME_ENGINE_GENERATION_H

#include "runtime/base/Status.h"
#include "runtime/grammar/AnswerRules.h"
#include "runtime/sample/SamplingParams.h"
#include "runtime/sample/TokenLogprobs.h"
#include "runtime/scheduler/FairShares.h"
#include "runtime/text/answer/AnswerPiece.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace g4rt {

struct GenerationRequest {
  /// Names it in the log and on the dashboard; means nothing else.
  std::string requestId = {};
  std::vector<int32_t> promptIds = {}; // at least one
  SamplingParams sampling = {};
  /// Tokens of the answer at most, cut to what the sequence has room for; 0:
  /// all of that.
  int64_t maxTokens = 0;
  /// What is told of the prompt's tokens, as numTopLogprobs says it of the
  /// answer's. The answer is the same; of the prompt nothing comes from the
  /// prefix cache.
  int32_t numPromptLogprobs = -1;
  /// The answer ends, with Length, before its first token.
  bool isPromptOnly = false;
  /// Ids that end the answer; they are no part of its text.
  std::vector<int32_t> stopIds = {};
  /// Texts that end the answer, within StopMatcher's limits; nothing of them is
  /// part of its text, unless it `keepsStop`.
  std::vector<std::string> stops = {};
  bool keepsStop = false;
  /// Until the answer has so many tokens neither `stopIds` nor `stops` end it.
  int64_t minTokens = 0;
  /// The only tokens that may be chosen; empty: all.
  std::vector<int32_t> allowedIds = {};
  /// Rows of tokens, none empty, that the answer must not hold.
  std::vector<std::vector<int32_t>> bannedRows = {};
  /// Whether special tokens are spelled out in the answer's text.
  SpecialIds special = SpecialIds::Skip;
  /// Whether the answer is a turn of a chat, whose parts have marks.
  bool isChat = false;
  /// Of a chat: whether `stops` end a thought, too.
  bool stopInThought = false;
  /// Seconds from submit() within which the answer must end, and those within
  /// which it must begin to be computed; 0: any number. An answer that is late
  /// fails with Cancelled before the next step.
  double timeoutSeconds = 0;
  double queueTimeoutSeconds = 0;
  /// Requests of smaller numbers are served first.
  int32_t priority = 0;
  /// Whose share of the rows it takes from, and how large that is.
  KeyShare share = {};
  /// Prompts share what was computed of them with those of the same salt alone.
  std::string cacheSalt = {};
  /// What the answer must look like.
  AnswerRules rules = {};
};

/// Why an answer ended.
enum class FinishReason : uint8_t {
  Stop,      // a stop id or a stop text
  Length,    // maxTokens, or the sequence is full
  Cancelled, // cancel(), or the engine shut down before the answer was done
  Failed     // `error` says why
};

/// Steady-clock seconds since the request was submitted.
struct GenerationTimes {
  double queued = 0;     // until its first row was in a step
  double firstToken = 0; // until the first token was chosen
  double total = 0;

  /// From the first row to the first token, and from there to the end; 0 if
  /// there was none.
  double prefill() const { return firstToken > 0 ? firstToken - queued : 0; }
  double decode() const { return firstToken > 0 ? total - firstToken : 0; }
};

struct GenerationUsage {
  int64_t numPromptTokens = 0;
  /// Those of the prompt that the prefix cache had.
  int64_t numCachedTokens = 0;
  /// The stop id included, as vLLM counts.
  int64_t numAnswerTokens = 0;
  /// Those of the answer that belong to thoughts, their marks included.
  int64_t numThoughtTokens = 0;
};

/// The end of an answer.
struct GenerationEnd {
  FinishReason reason = FinishReason::Stop;
  Status error = {}; // of Failed
  std::string stop =
      {}; // the text of `stops` that ended the answer, if one did
  /// Whether the answer has a call that can be made, and whether it ended
  /// within one.
  bool hasCall = false;
  bool hasCutCall = false;
  GenerationUsage usage = {};
  GenerationTimes times = {};
};

/// What a step added to one answer.
struct GenerationEvent {
  /// The next tokens of the prompt but its first one, which nothing comes
  /// before, where they were asked for; all of them before the first token, in
  /// events that have nothing else.
  std::vector<PromptToken> prompt = {};
  /// What has become certain, often nothing: valid UTF-8. All pieces together
  /// are the answer.
  std::vector<AnswerPiece> pieces = {};
  /// The token that was chosen; none in an event of the prompt, or that only
  /// ends the answer.
  std::optional<Sample> token = {};
  /// Set in the last event of an answer, and only there.
  std::optional<GenerationEnd> end = {};
};

/// The content that an event brings: all of its text, where the answer is no
/// chat's.
std::string contentOf(const GenerationEvent &event);

/// Called on the engine's thread, in order, until an event has an end. It must
/// not block and not throw: it hands the event on to its own thread.
using GenerationSink = std::function<void(GenerationEvent)>;

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_GENERATION_H
