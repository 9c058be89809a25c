//===- Answer.h - One answer at a time, for the command line ----*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_ANSWER_H
#define G4_TOOLS_G4RT_ANSWER_H

#include "runtime/engine/Engine.h"
#include "runtime/http/ServedModel.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

namespace g4rt {

/// How `g4rt run` and `g4rt chat` choose tokens; what is not given is as the
/// checkpoint says.
struct SamplingFlags {
  std::optional<float> temperature, topP, minP;
  std::optional<uint32_t> topK;
  std::optional<uint64_t> seed; // else from the system
  int64_t maxTokens = 0;        // 0: as many as there is room for
};

void addSamplingFlags(CLI::App &app, SamplingFlags &flags);

/// A request that lacks its prompt, which will be of this kind.
GenerationRequest requestOf(const SamplingFlags &flags,
                            const GenerationDefaults &defaults,
                            PromptKind kind);

/// Errors: InvalidArgument naming `what` if `text` is not UTF-8.
Status checkText(std::string_view what, std::string_view text);

/// Has one answer after the other made.
class AnswerRunner {
public:
  explicit AnswerRunner(Engine &engine) : engine_(engine) {}

  /// Waits for the end of the answer; `onPiece` gets its pieces on this thread.
  /// Errors: those of Engine::submit, and of an answer that failed.
  Result<GenerationEnd>
  run(GenerationRequest request,
      const std::function<void(const AnswerPiece &)> &onPiece);

  /// Ends the answer that is being made, if any. For any thread.
  void cancel();

private:
  Engine &engine_;
  std::mutex mutex_;
  std::optional<GenerationId> current_;
};

/// The runner that signals stop, while there is one. For any thread.
class SignalTarget {
public:
  void set(AnswerRunner *runner) {
    std::lock_guard lock(mutex_);
    runner_ = runner;
  }
  /// False if there is no runner.
  bool cancel() {
    std::lock_guard lock(mutex_);
    if (runner_)
      runner_->cancel();
    return runner_ != nullptr;
  }

private:
  std::mutex mutex_;
  AnswerRunner *runner_ = nullptr;
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_ANSWER_H
