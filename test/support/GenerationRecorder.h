//===- GenerationRecorder.h - What a sink was told --------------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_GENERATIONRECORDER_H
#define G4_TEST_SUPPORT_GENERATIONRECORDER_H

#include "runtime/engine/Generation.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace g4rt {

/// An answer as far as it has come.
struct RecordedAnswer {
  std::vector<int32_t> tokens;
  std::string text;
  std::optional<GenerationEnd> end;
  /// Events after the one with the end: always a bug.
  int numLateEvents = 0;
};

/// Collects the events of one request. Thread-safe; it may die before its sink.
class GenerationRecorder {
public:
  GenerationSink sink() {
    return [state = state_](GenerationEvent event) {
      state->add(std::move(event));
    };
  }
  /// Waits for the end.
  RecordedAnswer wait() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return state_->answer.end.has_value(); });
    return state_->answer;
  }
  /// Waits for a token, and does not need it if the answer ends before.
  void waitForTokens(size_t count) {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] {
      return state_->answer.end || state_->answer.tokens.size() >= count;
    });
  }
  RecordedAnswer now() {
    std::lock_guard lock(state_->mutex);
    return state_->answer;
  }

private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    RecordedAnswer answer;

    void add(GenerationEvent event) {
      std::lock_guard lock(mutex);
      answer.numLateEvents += answer.end.has_value();
      if (event.token)
        answer.tokens.push_back(event.token->token.id);
      answer.text += contentOf(event);
      if (event.end)
        answer.end = std::move(event.end);
      changed.notify_all();
    }
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_GENERATIONRECORDER_H
