//===- EngineWorker.cpp - The engine's end of the socket ------------------===//

#include "runtime/engine/process/EngineWorker.h"

#include "runtime/engine/RequestCheck.h"
#include "runtime/engine/StepLoop.h"

#include <algorithm>
#include <utility>

namespace g4rt {

using Clock = std::chrono::steady_clock;

/// In one frame, so that no frame comes near kMaxFrameBytes.
constexpr size_t kMostEvents = 4096;
/// Signs of life while there is nothing to do.
constexpr std::chrono::seconds kIdleBeat(1);
/// A request that says it is older is wrong.
constexpr std::chrono::hours kOldest(1);

/// A StepLoop that is told by messages and tells by messages.
class MessageLoop {
public:
  MessageLoop(Executor &executor, const Tokenizer &tokenizer,
              const EngineFacts &facts)
      : tokenizer_(tokenizer),
        limits_(requestLimits(facts.limits, facts.maxModelLength)),
        loop_(executor, Clock::now) {}

  bool hasWork() const { return loop_.hasWork(); }
  Status apply(ToEngine message);
  /// True if it begins answers, which report() then says.
  bool planStep() {
    loop_.planStep();
    started_ = loop_.startedAnswers();
    return !started_.empty();
  }
  void runStep() { loop_.runStep(); }
  void lose(const Status &error) { loop_.lose(error); }
  /// Appends what happened since the last call, and the status always.
  void report(std::string &out);
  const EngineStatus &status() { return loop_.status(); }

private:
  Status add(SubmitMessage message);
  void refuse(GenerationId id, Status error);
  GenerationSink sinkOf(GenerationId id) {
    return [this, id](GenerationEvent event) {
      events_.push_back({id, std::move(event)});
    };
  }

  const Tokenizer &tokenizer_;
  RequestLimits limits_;
  StepLoop loop_;
  uint64_t lastId_ = 0;
  std::vector<GenerationId> started_;
  std::vector<AnswerEvent> events_; // in order
};

static Answer::Time timeOf(int64_t nanoseconds) {
  Answer::Time now = Clock::now();
  Answer::Time time{std::chrono::nanoseconds(nanoseconds)};
  return std::clamp(time, now - kOldest, now);
}

Status MessageLoop::apply(ToEngine message) {
  if (auto *submit = std::get_if<SubmitMessage>(&message))
    return add(std::move(*submit));
  if (const auto *cancel = std::get_if<CancelMessage>(&message))
    loop_.cancel(cancel->id);
  else
    loop_.cancelAll();
  return Status();
}

Status MessageLoop::add(SubmitMessage message) {
  GenerationId id = message.id;
  if (static_cast<uint64_t>(id) <= lastId_)
    return Status(StatusCode::DataLoss, "a request's id does not rise");
  lastId_ = static_cast<uint64_t>(id);
  Result<Answer> answer = checkedAnswer(std::move(message.request), limits_,
                                        tokenizer_, timeOf(message.submitted));
  if (answer)
    loop_.add({.id = id, .answer = *std::move(answer), .sink = sinkOf(id)});
  else
    refuse(id, std::move(answer).error());
  return Status();
}

// The server has checked the request; its limits may have been older.
void MessageLoop::refuse(GenerationId id, Status error) {
  GenerationEvent event;
  event.end =
      GenerationEnd{.reason = FinishReason::Failed, .error = std::move(error)};
  events_.push_back({id, std::move(event)});
}

void MessageLoop::report(std::string &out) {
  for (Delivery &delivery : loop_.takeDeliveries())
    (*delivery.sink)(std::move(delivery.event));
  StepMessage message{.status = loop_.status(),
                      .lastTaken = GenerationId{lastId_},
                      .started = std::exchange(started_, {})};
  for (size_t first = 0; first == 0 || first < events_.size();
       first += kMostEvents) {
    size_t end = std::min(events_.size(), first + kMostEvents);
    message.events.assign(std::move_iterator(events_.begin() + first),
                          std::move_iterator(events_.begin() + end));
    appendFrame(FromEngine(std::move(message)), out);
    message = {.status = loop_.status(), .lastTaken = GenerationId{lastId_}};
  }
  events_.clear();
}

// A server that is gone is seen when its next request is awaited.
void EngineWorker::send(const FromEngine &message) {
  appendFrame(message, sender_.buffer());
  (void)sender_.flush(Wait::Yes).ok();
}

void EngineWorker::beat() {
  if (heartbeat_)
    heartbeat_->beat(0);
}

void EngineWorker::reportProgress(double share) {
  beat();
  int percent = static_cast<int>(100 * std::clamp(share, 0.0, 1.0));
  if (std::exchange(lastPercent_, percent) != percent)
    send(ProgressMessage{share});
}

void EngineWorker::reportFailure(const Status &error) {
  send(LoadFailedMessage{error});
}

/// Applies the messages that have come; false if there were none.
static Result<bool> takeMessages(FrameReceiver &receiver, MessageLoop &loop) {
  for (bool hasAny = false;; hasAny = true) {
    G4RT_ASSIGN(auto frame, receiver.next());
    if (!frame)
      return hasAny;
    G4RT_ASSIGN(ToEngine message, parseToEngine(*frame));
    G4RT_TRY(loop.apply(std::move(message)));
  }
}

Status EngineWorker::publish(MessageLoop &loop) {
  loop.report(sender_.buffer());
  return sender_.flush(Wait::Yes);
}

/// Beats meanwhile. Errors: those of Executor::check().
Status EngineWorker::waitForMessage(const Executor &executor) {
  while (!receiver_.waitUntil(Clock::now() + kIdleBeat)) {
    beat();
    G4RT_TRY(executor.check());
  }
  return Status();
}

/// Says that the device is lost.
Status EngineWorker::end(MessageLoop &loop, const Status &error) {
  loop.lose(error);
  (void)publish(loop).ok(); // a server that is gone knows
  return error;
}

Status EngineWorker::serve(Executor &executor, const Tokenizer &tokenizer,
                           const EngineFacts &facts) {
  MessageLoop loop(executor, tokenizer, facts);
  send(ReadyMessage{facts});
  for (;;) {
    beat();
    if (!loop.hasWork())
      if (Status status = waitForMessage(executor); !status.ok())
        return end(loop, status);
    if (!receiver_.receive(Wait::No).ok())
      return Status(); // the server is gone or done
    G4RT_ASSIGN(bool isNew, takeMessages(receiver_, loop));
    bool isBegin = loop.planStep();
    // What runs now is seen while a long step runs, and if the engine is lost.
    if ((isNew || isBegin) && !publish(loop).ok())
      return Status();
    if (!loop.hasWork())
      continue;
    loop.runStep();
    if (!publish(loop).ok())
      return Status();
    if (loop.status().phase == EnginePhase::Failed)
      return Status(StatusCode::Unavailable, loop.status().lastError);
  }
}

} // namespace g4rt
