//===- LocalEngine.h - The engine in this process ---------------*- C++ -*-===//
//
// One thread owns the executor: it takes requests from a queue, asks the
// scheduler for the next step, runs it, samples a token for each output row and
// tells the request's sink. A device that is lost stays lost: see
// process/EngineProcess.h for an engine that starts again.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_LOCALENGINE_H
#define G4_RUNTIME_ENGINE_LOCALENGINE_H

#include "runtime/engine/Engine.h"
#include "runtime/exec/Executor.h"

#include <cstdint>
#include <memory>

namespace g4rt {

struct EngineOptions {
  /// Positions of one sequence at most, prompt and answer; what the executor's
  /// memory was planned for. More than its pages hold counts as what they hold.
  int64_t maxModelLength = 4096;
  /// Requests at one time are at most so many more than can run at once.
  int64_t maxQueued = 1024;
  /// Whether prompts that begin alike share what was computed of them.
  bool enablePrefixCaching = true;
};

class EngineCore;

class LocalEngine final : public Engine {
public:
  /// Starts the engine's thread. `executor` and `tokenizer` outlive the engine;
  /// the executor is used by that thread alone from here on.
  LocalEngine(Executor &executor, const Tokenizer &tokenizer,
              const EngineOptions &options);
  /// Cancels everything after the current step, then joins the thread. Not from
  /// a sink.
  ~LocalEngine() override;

  Result<GenerationId> submit(GenerationRequest request,
                              GenerationSink sink) override;
  void cancel(GenerationId id) override;
  void setPaused(GenerationId id, bool isPaused) override;
  void endThought(GenerationId id) override;
  bool drain(std::chrono::steady_clock::time_point deadline) override;
  EngineStatus status() const override;

private:
  std::unique_ptr<EngineCore> core_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_LOCALENGINE_H
