//===- StepLoop.h - The engine without its thread ---------------*- C++ -*-===//
//
// Plans a step, runs it, samples its output rows and keeps what the answers'
// sinks are to be told. One thread, the clock is passed in: what it does
// depends on the calls alone.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_STEPLOOP_H
#define G4_RUNTIME_ENGINE_STEPLOOP_H

#include "runtime/engine/Answer.h"
#include "runtime/engine/Engine.h"
#include "runtime/engine/EngineStatus.h"
#include "runtime/engine/Generation.h"
#include "runtime/engine/TextTail.h"
#include "runtime/engine/session/SessionKeeper.h"
#include "runtime/exec/Executor.h"
#include "runtime/sample/Sampler.h"
#include "runtime/scheduler/Scheduler.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace g4rt {

/// A request that has passed all checks.
struct NewAnswer {
  GenerationId id{};
  Answer answer;
  GenerationSink sink;
};

/// An event and whom to tell.
struct Delivery {
  std::shared_ptr<const GenerationSink> sink;
  GenerationEvent event;
};

/// Not thread-safe. Borrows the executor.
class StepLoop {
public:
  using Clock = std::function<Answer::Time()>;

  /// `sessions`, which may be null, are where prefixes are kept beyond the
  /// pools.
  StepLoop(Executor &executor, Clock clock, SchedulerOptions options = {},
           std::unique_ptr<SessionStore> sessions = nullptr);

  /// Prompt and maxTokens together are at most maxLength() of the limits. An
  /// answer that comes after the device was lost fails at once.
  void add(NewAnswer answer);
  /// Ends the answer with Cancelled; nothing if there is none.
  void cancel(GenerationId id);
  void cancelAll();
  /// An answer that is paused gets no tokens until it is resumed. Nothing if
  /// there is none.
  void setPaused(GenerationId id, bool isPaused);
  /// As Engine::endThought.
  void endThought(GenerationId id);

  /// Whether there is an answer that has not ended.
  bool hasWork() const { return !answers_.empty(); }
  /// Admits what has room and plans the next step; status() knows it then. The
  /// rules of an answer are followed while the step with its last token runs;
  /// one whose rules take longer is left out of further steps, and waited for a
  /// moment if it is alone.
  void planStep();
  /// Answers that the planned step begins to compute.
  std::vector<GenerationId> startedAnswers() const;
  /// Runs the step that was planned, unless it is empty. No answer has come or
  /// gone since. A failure of the executor fails the step's answers, a lost
  /// device all of them.
  void runStep();

  /// The device is lost, with this error: all answers fail.
  void lose(const Status &error);

  /// While nothing is to be computed: writes some of the prefix cache to files.
  /// False if there is nothing to write, or no room for it now.
  bool saveSome();
  /// Where there is nothing to compute until files are read or written: waits
  /// for some of that, or for a moment.
  void waitForFiles();
  /// Between two steps; `sink` is called now, or in a later planStep().
  void run(const SlotCommand &command, SlotSink sink);
  /// Whether there are commands whose sinks were not called.
  bool hasCommands() const {
    return sessions_ && sessions_->numOpenCommands() > 0;
  }

  /// Whether the last step that was planned is empty and the next one will be,
  /// too, unless a message comes: all answers are paused, and none is held.
  bool isStalled() const {
    return step_ && step_->empty() && scheduler_.numRestoring() == 0 &&
           held_.empty();
  }

  /// Gives up what no answer uses of the prefix cache.
  void clearPrefixCache() { scheduler_.clearPrefixCache(); }

  bool hasDeliveries() const { return !deliveries_.empty(); }
  /// What happened since the last call, in order.
  std::vector<Delivery> takeDeliveries();
  /// isDraining and numRefused are the caller's. Failed: the device is lost.
  const EngineStatus &status();
  /// What runs, and where its pages are.
  EngineView view() const;
  /// Whether view() has the ends of answers that begin from now on.
  void setShowsTexts(bool showsTexts) { showsTexts_ = showsTexts; }

private:
  struct Entry {
    Answer answer;
    std::shared_ptr<const GenerationSink> sink;
    TextTail tail = {};             // where texts are shown
    std::vector<float> logits = {}; // of its next token, while it is held
  };
  using Entries = std::map<GenerationId, Entry>;

  static SchedulerOptions withFiles(SchedulerOptions options,
                                    const SessionStore *sessions);
  void startChunks(Answer::Time now);
  void watch(GenerationId id, const Answer &answer);
  void endLate();
  void forgetDeadline(Entries::iterator entry);
  void failStep(const Status &error);
  std::string requestsOfStep() const;
  void takeLogits(std::span<const LogitSource> logits);
  void scorePrompt(Entries::iterator entry, std::span<const LogitSource> rows);
  void chooseToken(Entries::iterator entry, const LogitSource &logits);
  void appendToken(Entries::iterator entry, const LogitSource &logits);
  bool hasRules(Entries::iterator entry, std::chrono::milliseconds patience);
  void hold(Entries::iterator entry, const LogitSource &logits);
  void goOn();
  void goOn(Entries::iterator entry);
  void observeToken(const Answer &answer, std::optional<double> tokenBefore);
  void observeFirstToken(const Answer &answer);
  void countPrompt(const Answer &answer);
  void endAll(FinishReason reason, const Status &error);
  void end(Entries::iterator entry, FinishReason reason, Status error);
  void deliver(Entries::iterator entry, GenerationEvent event);
  void countEnd(const GenerationEnd &end);
  void countLostCalls(const GenerationEvent &event);

  Executor &executor_;
  Clock clock_;
  Scheduler scheduler_;
  std::optional<SessionKeeper> sessions_;
  const ScheduledStep *step_ = nullptr; // planned, the scheduler's own
  Sampler sampler_;
  Entries answers_;
  std::set<std::pair<Answer::Time, GenerationId>> deadlines_; // of answers_
  std::vector<GenerationId> held_; // whose rules are being followed
  std::vector<Delivery> deliveries_;
  EngineStatus status_;
  bool showsTexts_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_STEPLOOP_H
