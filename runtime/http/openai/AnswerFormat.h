//===- AnswerFormat.h - An answer as JSON -----------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERFORMAT_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERFORMAT_H

#include "runtime/base/Json.h"
#include "runtime/engine/Generation.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// What every object of one answer says.
struct AnswerHead {
  std::string id;      // "chatcmpl-..."
  std::string model;   // the served name
  int64_t created = 0; // seconds since 1970
};

/// Turns the events of one answer into JSON: a chunk at a time for a stream, or
/// gathered into one object. Of one thread.
class AnswerFormat {
public:
  virtual ~AnswerFormat() = default;

  /// The chunks that stand before the first event.
  virtual std::vector<json::object> begin() { return {}; }
  /// The chunks of tokens of the prompt, where they were asked for: all of them
  /// but the first, in their order. Those of an answer may have come before.
  virtual std::vector<json::object>
  appendPrompt(std::span<const PromptToken> /*tokens*/) {
    return {};
  }
  /// The chunks of `event`; at the end with the finish reason.
  virtual std::vector<json::object> append(const GenerationEvent &event) = 0;
  /// The whole answer, after the last event.
  virtual json::object whole(const GenerationEnd &end) = 0;
  /// A chunk without choices, with the usage of `end`. Asked for only where
  /// DeliveryOptions::includeUsage wants one.
  virtual json::object usageChunk(const GenerationEnd &) { return {}; }
};

/// How an answer ended that did not fail.
enum class AnswerEnding {
  Stop,
  Calls, // tools are to be called
  Length // max_tokens, or a stop string cut a call
};

AnswerEnding endingOf(const GenerationEnd &end);

/// What clients are told of a call that nobody can make: {"reason", "text"}.
json::object lostCallOf(const AnswerPiece &piece);

/// {"prompt_tokens", "completion_tokens", "total_tokens"}.
json::object usageOf(const GenerationUsage &usage);

/// llama-server's object: what was computed of the prompt and of the answer,
/// in how many milliseconds, and `queue_ms` before that.
json::object timingsOf(const GenerationEnd &end);

/// Says in the log what answer `index` of a request cost.
void logAnswer(const std::string &requestId, size_t index,
               const GenerationEnd &end);

/// "stop" or "length".
std::string_view toString(FinishReason reason);

/// {"id", "object", "created", "model"}.
json::object headOf(const AnswerHead &head, std::string_view object);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERFORMAT_H
