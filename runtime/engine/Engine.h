//===- Engine.h - Many answers from one model -------------------*- C++ -*-===//
//
// What a front end sees of whoever makes tokens: LocalEngine in this process,
// EngineProcess in another one. All public functions may be called from any
// thread.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_ENGINE_H
#define G4_RUNTIME_ENGINE_ENGINE_H

#include "runtime/engine/EngineStatus.h"
#include "runtime/engine/EngineView.h"
#include "runtime/engine/Generation.h"
#include "runtime/engine/SlotCommand.h"

#include <chrono>
#include <cstdint>

namespace g4rt {

/// Names a request of one engine; never used twice.
enum class GenerationId : uint64_t {};

class Engine {
public:
  virtual ~Engine() = default;

  /// Puts a request into the queue. After success the sink gets at least one
  /// event, the last of them with an end, whatever happens; after an error it
  /// gets none.
  ///
  /// Errors: InvalidArgument if the prompt is empty, holds an id outside of the
  /// vocabulary, or leaves no room for a token (message starts with
  /// "context_length_exceeded"), or a sampling parameter or stop is wrong;
  /// ResourceExhausted if the queue is full; Unavailable if the engine is
  /// draining or not serving: status() says which.
  virtual Result<GenerationId> submit(GenerationRequest request,
                                      GenerationSink sink) = 0;

  /// The answer ends with Cancelled after the current step at the latest, if it
  /// has not ended by then. Unknown ids are ignored. Never waits.
  virtual void cancel(GenerationId id) = 0;

  /// Nobody can take the answer's events now: it is to get no more, but for a
  /// few that are under way, until it is resumed. Its pages may be taken
  /// meanwhile. Unknown ids are ignored. Never waits.
  virtual void setPaused(GenerationId id, bool isPaused) {}

  /// The thought that the answer is in ends with its next token, and every
  /// later one once it has begun; content and calls go on. Unknown ids are
  /// ignored, and an engine that is lost before it has said anything of the
  /// answer forgets it. Never waits.
  virtual void endThought(GenerationId id) {}

  /// Refuses new requests and returns when all answers have ended, or when
  /// `deadline` has passed: then what is left has been cancelled. True if
  /// nothing had to be cancelled. Not from a sink.
  virtual bool drain(std::chrono::steady_clock::time_point deadline) = 0;

  /// Counters and gauges for /metrics and the log. An answer is counted before
  /// its last event is given to the sink.
  virtual EngineStatus status() const = 0;

  /// Saves, restores or erases what is in a slot. The sink is called once,
  /// whatever happens, maybe before this returns.
  virtual void run(SlotCommand command, SlotSink sink) {
    sink({.error = Status(StatusCode::Unimplemented,
                          "this engine has no sessions")});
  }

  /// What it is doing, for a dashboard: a quarter of a second old, or as old as
  /// the step that runs. Empty where nothing is shown.
  virtual EngineView view() const { return {}; }
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ENGINE_H
