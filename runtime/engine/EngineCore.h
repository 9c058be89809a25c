//===- EngineCore.h - The engine's thread and its queue ---------*- C++ -*-===//
//
// Callers leave commands under a mutex; the thread takes them between two
// steps, and sleeps when there is nothing to do. Sinks are called without the
// mutex, so they may call the engine, but for drain() and the destructor.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_ENGINECORE_H
#define G4_RUNTIME_ENGINE_ENGINECORE_H

#include "runtime/engine/LocalEngine.h"
#include "runtime/engine/RequestCheck.h"
#include "runtime/engine/StepLoop.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace g4rt {

/// The functions of LocalEngine, from any thread.
class EngineCore {
public:
  EngineCore(Executor &executor, const Tokenizer &tokenizer,
             const EngineOptions &options);
  ~EngineCore();
  EngineCore(const EngineCore &) = delete;
  EngineCore &operator=(const EngineCore &) = delete;

  Result<GenerationId> submit(GenerationRequest request, GenerationSink sink);
  void cancel(GenerationId id);
  void setPaused(GenerationId id, bool isPaused);
  void endThought(GenerationId id);
  bool drain(std::chrono::steady_clock::time_point deadline);
  EngineStatus status() const;

private:
  /// What callers want; guarded by mutex_.
  struct Commands {
    std::vector<NewAnswer> added;
    std::vector<GenerationId> cancelled;
    std::vector<std::pair<GenerationId, bool>> paused; // or resumed
    std::vector<GenerationId> thoughtsEnded;
    bool cancelAll = false;
    bool stop = false;

    bool empty() const {
      return added.empty() && cancelled.empty() && paused.empty() &&
             thoughtsEnded.empty() && !cancelAll && !stop;
    }
  };

  Result<GenerationId> enqueue(Answer answer, GenerationSink sink);
  Status checkOpen() const;

  // On the engine's thread.
  void run();
  Commands waitForCommands();
  void apply(Commands commands);
  void publish();

  const Tokenizer &tokenizer_;
  GrammarCompiler grammars_;
  const RequestLimits requestLimits_;
  const int64_t maxRunning_;
  const int64_t maxQueued_;
  StepLoop loop_; // the thread's own

  mutable std::mutex mutex_; // guards what follows, but for the thread
  std::condition_variable wake_;
  std::condition_variable delivered_;
  Commands commands_;
  EngineStatus status_;
  uint64_t nextId_ = 1;
  uint64_t numRefused_ = 0;
  bool isDraining_ = false;
  /// Answers that have not ended, and answers whose end was not yet delivered.
  int64_t numUnfinished_ = 0;
  int64_t numUndelivered_ = 0;

  std::thread thread_; // last: it uses all of the above
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ENGINECORE_H
