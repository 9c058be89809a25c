//===- Engine.h - Many answers from one model -------------------*- C++ -*-===//
//
// One thread owns the executor: it takes requests from a queue, asks the
// scheduler for the next step, runs it, samples a token for each output row and
// tells the request's sink. All public functions may be called from any thread.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_ENGINE_H
#define G4_RUNTIME_ENGINE_ENGINE_H

#include "runtime/engine/EngineStatus.h"
#include "runtime/engine/Generation.h"
#include "runtime/exec/Executor.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace g4rt {

struct EngineOptions {
  /// Positions of one sequence at most, prompt and answer; what the executor's
  /// memory was planned for. More than its pages hold counts as what they hold.
  int64_t maxModelLength = 4096;
  /// Requests at one time are at most so many more than can run at once.
  int64_t maxQueued = 1024;
};

/// Names a request of one engine; never used twice.
enum class GenerationId : uint64_t {};

class EngineCore;

class Engine {
public:
  /// Starts the engine's thread. `executor` and `tokenizer` outlive the engine;
  /// the executor is used by that thread alone from here on.
  Engine(Executor &executor, const Tokenizer &tokenizer,
         const EngineOptions &options);
  /// Cancels everything after the current step, then joins the thread. Not from
  /// a sink.
  ~Engine();

  /// Puts a request into the queue. After success the sink gets at least one
  /// event, the last of them with an end, whatever happens; after an error it
  /// gets none.
  ///
  /// Errors: InvalidArgument if the prompt is empty, holds an id outside of the
  /// vocabulary, or leaves no room for a token (message starts with
  /// "context_length_exceeded"), or a sampling parameter or stop is wrong;
  /// ResourceExhausted if the queue is full; Unavailable if the engine is
  /// draining or its device is lost.
  Result<GenerationId> submit(GenerationRequest request, GenerationSink sink);

  /// The answer ends with Cancelled after the current step at the latest, if it
  /// has not ended by then. Unknown ids are ignored.
  void cancel(GenerationId id);

  /// Refuses new requests and returns when all answers have ended, or when
  /// `deadline` has passed: then what is left has been cancelled. True if
  /// nothing had to be cancelled. Not from a sink.
  bool drain(std::chrono::steady_clock::time_point deadline);

  /// Counters and gauges for /metrics and the log. An answer is counted before
  /// its last event is given to the sink.
  EngineStatus status() const;

private:
  std::unique_ptr<EngineCore> core_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ENGINE_H
