//===- EngineProcess.h - An engine in another process -----------*- C++ -*-===//
//
// After some errors of a GPU a process can never use it again; so the engine
// runs in a child process that can be replaced. This side checks requests,
// queues them on a socket and hands events to their sinks. If the child is
// lost, whatever the cause, answers that have begun fail with Unavailable, new
// requests are refused, and another child is started (RestartPolicy.h), which
// is asked again for all that nothing was said of (OpenAnswers.h).
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_ENGINEPROCESS_H
#define G4_RUNTIME_ENGINE_PROCESS_ENGINEPROCESS_H

#include "runtime/base/Status.h"
#include "runtime/engine/DrainRate.h"
#include "runtime/engine/Engine.h"
#include "runtime/engine/process/Channel.h"
#include "runtime/engine/process/EngineChild.h"
#include "runtime/engine/process/HangWatch.h"
#include "runtime/engine/process/Messages.h"
#include "runtime/engine/process/OpenAnswers.h"
#include "runtime/engine/process/RestartPolicy.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace g4rt {

struct EngineProcessOptions {
  /// Requests at one time are at most so many more than can run at once.
  int64_t maxQueued = 1024;
  /// Prompt tokens of requests that wait, at most, once as many requests are
  /// there as can run; a single one may have more. 0: any number.
  int64_t maxQueuedTokens = 0;
  /// How long a child may take to cancel answers or to end before it is killed.
  std::chrono::milliseconds grace{5'000};
  /// How long a child may give no sign of life before it counts as hung and is
  /// replaced, at most (HangWatch.h); 0: for ever. Without a Heartbeat a child
  /// that owes no answer may be silent.
  std::chrono::milliseconds stepTimeout{0};
};

class EngineProcess final : public Engine {
public:
  /// Starts the thread that starts the child. Errors: ResourceExhausted.
  static Result<std::unique_ptr<EngineProcess>>
  start(EngineLauncher launcher, const EngineProcessOptions &options);
  /// Ends the child; what is in flight fails. Not from a sink.
  ~EngineProcess() override;
  EngineProcess(const EngineProcess &) = delete;
  EngineProcess &operator=(const EngineProcess &) = delete;

  /// Waits until the first child serves. Errors: why it could not be loaded,
  /// in the child's words; Unavailable if it ended without a word; Cancelled
  /// after cancelLoad(). There is no second try.
  Result<EngineFacts> waitUntilLoaded();
  /// waitUntilLoaded() returns at once; nothing if it has.
  void cancelLoad();
  /// Tells the child that is, if there is one, to open its log file again.
  void hangUp();

  Result<GenerationId> submit(GenerationRequest request,
                              GenerationSink sink) override;
  void cancel(GenerationId id) override;
  void setPaused(GenerationId id, bool isPaused) override;
  void endThought(GenerationId id) override;
  bool drain(std::chrono::steady_clock::time_point deadline) override;
  EngineStatus status() const override;
  void run(SlotCommand command, SlotSink sink) override;
  EngineView view() const override;

private:
  using Time = std::chrono::steady_clock::time_point;

  EngineProcess(EngineLauncher launcher, const EngineProcessOptions &options,
                Waker waker);

  // Under the mutex.
  Status checkOpen(int64_t numPromptTokens) const;
  void measureQueue();
  Result<GenerationId> enqueue(GenerationRequest request, GenerationSink sink);
  void sendSome(const ToEngine &message);
  void askAnew();
  void endHere(GenerationId id);

  // On the thread.
  void runThread();
  void live();
  void attach(EngineChild &child);
  Status serveChild(EngineChild &child);
  bool waitForBytes(int socket, Time deadline);
  void flushOut();
  Status checkAwake(const EngineChild &child);
  void deliverEnded();
  Status takeMessages(FrameReceiver &receiver);
  Status handle(FromEngine message);
  Status onReady(ReadyMessage message);
  Status onStep(StepMessage message);
  Status onView(ViewMessage message);
  void onSlotDone(SlotDoneMessage message);
  void failCommands();
  void deliver(std::vector<Delivery> deliveries);
  void lose(const std::string &cause);
  std::vector<Delivery> failAnswers();
  void failRest();
  void logLoss(const std::string &cause, size_t numFailed);
  bool waitForRestart();

  const EngineLauncher launcher_;
  const EngineProcessOptions options_;
  Waker waker_;             // wakes the thread
  RestartPolicy policy_;    // the thread's own
  HangWatch hang_;          // the same
  uint64_t numSigns_ = 0;   // the same: of the child's heartbeat
  std::string loggedError_; // the same: of the last start that failed
  bool isUp_ = false;       // the same: the child has said that it is ready

  mutable std::mutex mutex_; // guards what follows, but for the thread
  std::condition_variable changed_;
  std::optional<FrameSender> sender_; // while there is a child
  EngineChild *child_ = nullptr;      // the same
  std::optional<EngineFacts> facts_;  // of the last child that served
  Status loadError_;                  // of the child that is
  EnginePhase phase_ = EnginePhase::Loading;
  double loadProgress_ = 0;
  std::string lastError_;
  EngineStatus past_;    // counted by children that were
  EngineStatus current_; // and by the child that is
  EngineView view_;      // of the same
  OpenAnswers open_;     // answers that have not ended
  DrainRate drain_;      // of those that wait among them
  int64_t numMeasured_ = 0, numMeasuredTokens_ = 0; // that waited then
  std::vector<Delivery> ended_; // cancelled while there was no child to tell
  std::chrono::milliseconds silence_{0}; // as hang_ has it
  bool isDegraded_ = false;              // the same
  int64_t numUndelivered_ = 0;           // ends that no sink has had yet
  uint64_t nextId_ = 1;
  std::map<uint64_t, SlotSink> commands_; // that the child has not answered
  uint64_t nextCommand_ = 1;
  bool isLoadCancelled_ = false;
  bool isDraining_ = false;
  bool isStopping_ = false;

  std::thread thread_; // last: it uses all of the above
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_ENGINEPROCESS_H
