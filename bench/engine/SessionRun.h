//===- SessionRun.h - Answers of one loop, step by step ---------*- C++ -*-===//
//
// The engine without its thread (StepLoop.h), so that who runs it decides
// between two steps what comes, goes, waits and is looked at.
//
//===----------------------------------------------------------------------===//

#ifndef G4_BENCH_ENGINE_SESSIONRUN_H
#define G4_BENCH_ENGINE_SESSIONRUN_H

#include "runtime/engine/StepLoop.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace g4rt {

/// What has come of one request.
struct RunAnswer {
  std::vector<int32_t> tokens = {};
  std::vector<float> promptLogprobs = {}; // where they were asked for
  std::optional<GenerationEnd> end = {};
};

/// Borrows executor and tokenizer.
class SessionRun {
public:
  SessionRun(Executor &executor, const Tokenizer &tokenizer,
             const SchedulerOptions &options = {},
             std::unique_ptr<SessionStore> sessions = nullptr);

  /// Its number. Errors: those of Answer::create.
  Result<size_t> begin(GenerationRequest request);
  void cancel(size_t answer) { loop_.cancel(GenerationId{answer}); }
  void setPaused(size_t answer, bool isPaused) {
    loop_.setPaused(GenerationId{answer}, isPaused);
  }

  void step();
  /// Steps until all have ended.
  void finish();
  /// Writes what is to be written of the prefix cache. Steps do so, too.
  void save();

  const RunAnswer &answer(size_t number) const { return answers_[number]; }
  size_t numAnswers() const { return answers_.size(); }
  /// Those that have not ended.
  size_t numOpen() const { return numOpen_; }
  StepLoop &loop() { return loop_; }

private:
  const Tokenizer &tokenizer_;
  SessionStore *sessions_; // the loop's
  StepLoop loop_;
  std::deque<RunAnswer> answers_;
  size_t numOpen_ = 0;
};

/// The request alone: begins it and waits for its end.
Result<RunAnswer> runAlone(SessionRun &run, GenerationRequest request);

} // namespace g4rt

#endif // G4_BENCH_ENGINE_SESSIONRUN_H
