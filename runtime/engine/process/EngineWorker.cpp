//===- EngineWorker.cpp - The engine's end of the socket ------------------===//

#include "runtime/engine/process/EngineWorker.h"

#include "runtime/base/BudgetedThreads.h"
#include "runtime/base/Log.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/engine/RequestCheck.h"
#include "runtime/engine/StepLoop.h"
#include "runtime/grammar/CommonGrammars.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace g4rt {

using Clock = std::chrono::steady_clock;

/// In one frame, so that no frame comes near kMaxFrameBytes.
constexpr size_t kMostEvents = 4096;
/// Signs of life while there is nothing to do.
constexpr std::chrono::seconds kIdleBeat(1);
/// Between two views of what the engine does.
constexpr std::chrono::milliseconds kViewPeriod(250);
/// Requests that are made ready at the same time, each by a thread.
constexpr int kMostPreparing = 2;
/// Threads that follow the rules of answers.
constexpr int kNumGuides = 2;
/// Processor time of one token's mask, as a share of that of one request's
/// grammars, beyond which a client is refused: what they need is not known
/// before, and grows faster than the grammar. The slowest usual ones take a
/// tenth of it.
constexpr double kMaskShare = 0.4;
/// A request that says it is older is wrong.
constexpr std::chrono::hours kOldest(1);

static std::chrono::milliseconds grammarBudget(const EngineFacts &facts,
                                               double share) {
  std::chrono::duration<double> seconds(share * facts.grammarSeconds);
  return std::chrono::ceil<std::chrono::milliseconds>(seconds);
}

/// A StepLoop that is told by messages and tells by messages. Requests with
/// rules are made ready by threads of their own, beside the steps.
class MessageLoop {
public:
  /// `onWait` is called now and then while it waits.
  MessageLoop(Executor &executor, const Tokenizer &tokenizer,
              const EngineFacts &facts, std::unique_ptr<SessionStore> sessions,
              std::function<void()> onWait)
      : tokenizer_(tokenizer), facts_(facts), grammars_(tokenizer),
        limits_(requestLimits(facts.limits, facts.maxModelLength)),
        loop_(executor, Clock::now,
              {.hasPrefixCache = facts.enablePrefixCaching,
               .decodePriority = facts.decodePriority},
              std::move(sessions)),
        compilers_({.numThreads = kMostPreparing,
                    .maxStuck = kMostPreparing,
                    .budget = grammarBudget(facts, 1),
                    .onWait = onWait}),
        guides_({.numThreads = kNumGuides,
                 .maxStuck = kNumGuides,
                 .budget = grammarBudget(facts, kMaskShare),
                 .onWait = onWait}) {
    loop_.setShowsTexts(facts.showsTexts);
    warmGrammars();
  }

  bool hasWork() const { return loop_.hasWork(); }
  /// Whether requests are being made ready.
  bool isPreparing() const { return !prepared_.empty(); }
  /// Whether nothing is to be done until a message comes.
  bool isIdle() const {
    return (!hasWork() || loop_.isStalled()) && !isPreparing() &&
           !hasCommands();
  }
  /// Takes those that are ready, and says whether there were any; waits a
  /// moment for the first one if there is nothing else to do.
  bool takePrepared();
  Status apply(ToEngine message);
  /// True if it begins or ends answers, which report() then says.
  bool planStep() {
    loop_.planStep();
    started_ = loop_.startedAnswers();
    return !started_.empty() || loop_.hasDeliveries();
  }
  void runStep() {
    loop_.waitForFiles();
    loop_.runStep();
  }
  bool saveSome() { return loop_.saveSome(); }
  bool hasCommands() const { return loop_.hasCommands(); }
  /// Whether report() has more to say than the status.
  bool hasNews() const { return !slotsDone_.empty(); }
  void lose(const Status &error) { loop_.lose(error); }
  /// Appends what happened since the last call, and the status always.
  void report(std::string &out);
  EngineStatus status();
  EngineView view() const;
  /// A view took so long to make and to send.
  void countView(double seconds) { viewSeconds_ += seconds; }

private:
  /// A request that waits for its grammars.
  struct Prepared {
    GenerationId id;
    std::function<Result<Answer>()> prepare;
    std::shared_ptr<BudgetedThreads::Job> job = nullptr; // null: not begun
    std::shared_ptr<std::optional<Result<Answer>>> answer =
        std::make_shared<std::optional<Result<Answer>>>();
    bool isCancelled = false;
    bool endsThought = false; // once it has begun
  };

  void warmGrammars();
  Status add(SubmitMessage message);
  void start(Prepared prepared);
  void start(GenerationId id, Result<Answer> answer);
  void beginPreparing();
  bool cancelPrepared(GenerationId id);
  void endThought(GenerationId id);
  void refuse(GenerationId id, FinishReason reason, Status error);
  GenerationSink sinkOf(GenerationId id) {
    return [this, id](GenerationEvent event) {
      events_.push_back({id, std::move(event)});
    };
  }

  const Tokenizer &tokenizer_;
  const EngineFacts &facts_;
  GrammarCompiler grammars_;
  RequestLimits limits_;
  StepLoop loop_;
  uint64_t lastId_ = 0;
  double viewSeconds_ = 0;
  std::vector<Prepared> prepared_; // by id
  std::vector<GenerationId> started_;
  std::vector<AnswerEvent> events_;        // in order
  std::vector<SlotDoneMessage> slotsDone_; // the same
  BudgetedThreads compilers_, guides_;     // end first: they use what is above
};

/// Beside the first steps. A build without grammars has none to make known.
void MessageLoop::warmGrammars() {
  compilers_.post([this] {
    Status status = g4rt::warmGrammars(grammars_, tokenizer_);
    if (!status.ok() && hasGrammars())
      logEvent(LogLevel::Warning, "engine", "grammars_not_warm",
               {{"why", status.message()}});
  });
}

static Status grammarTakesTooLong() {
  return Status(StatusCode::InvalidArgument,
                "grammar: to compile it takes too long");
}

static Answer::Time timeOf(int64_t nanoseconds) {
  Answer::Time now = Clock::now();
  Answer::Time time{std::chrono::nanoseconds(nanoseconds)};
  return std::clamp(time, now - kOldest, now);
}

Status MessageLoop::apply(ToEngine message) {
  if (auto *submit = std::get_if<SubmitMessage>(&message))
    return add(std::move(*submit));
  if (const auto *cancel = std::get_if<CancelMessage>(&message)) {
    if (!cancelPrepared(cancel->id))
      loop_.cancel(cancel->id);
    return Status();
  }
  if (const auto *pause = std::get_if<PauseMessage>(&message)) {
    loop_.setPaused(pause->id, pause->isPaused);
    return Status();
  }
  if (const auto *thought = std::get_if<EndThoughtMessage>(&message)) {
    endThought(thought->id);
    return Status();
  }
  if (const auto *slot = std::get_if<SlotMessage>(&message)) {
    loop_.run(slot->command, [this, id = slot->id](SlotReport report) {
      slotsDone_.push_back({id, std::move(report)});
    });
    return Status();
  }
  loop_.cancelAll();
  for (Prepared &prepared : prepared_)
    prepared.isCancelled = true;
  return Status();
}

Status MessageLoop::add(SubmitMessage message) {
  GenerationId id = message.id;
  if (static_cast<uint64_t>(id) <= lastId_)
    return Status(StatusCode::DataLoss, "a request's id does not rise");
  lastId_ = static_cast<uint64_t>(id);
  bool hasRules = !message.request.rules.areNone();
  auto prepare = [this, request = std::move(message.request),
                  time = timeOf(message.submitted)]() mutable {
    return checkedAnswer(std::move(request), limits_,
                         {tokenizer_, grammars_, &guides_}, time);
  };
  if (!hasRules) {
    start(id, prepare());
    return Status();
  }
  prepared_.push_back({.id = id, .prepare = std::move(prepare)});
  beginPreparing();
  return Status();
}

// In the order in which they came.
void MessageLoop::beginPreparing() {
  int numBegun = 0;
  for (Prepared &prepared : prepared_) {
    if (!prepared.job && numBegun < kMostPreparing && !prepared.isCancelled)
      prepared.job =
          compilers_.post([prepare = std::move(prepared.prepare),
                           answer = prepared.answer] { *answer = prepare(); });
    numBegun += prepared.job != nullptr;
  }
}

void MessageLoop::start(Prepared prepared) {
  start(prepared.id, std::move(**prepared.answer));
  if (prepared.endsThought)
    loop_.endThought(prepared.id);
}

void MessageLoop::start(GenerationId id, Result<Answer> answer) {
  if (answer)
    loop_.add({.id = id, .answer = *std::move(answer), .sink = sinkOf(id)});
  else
    refuse(id, FinishReason::Failed, std::move(answer).error());
}

bool MessageLoop::cancelPrepared(GenerationId id) {
  for (Prepared &prepared : prepared_)
    if (prepared.id == id)
      return prepared.isCancelled = true;
  return false;
}

void MessageLoop::endThought(GenerationId id) {
  for (Prepared &prepared : prepared_)
    prepared.endsThought |= prepared.id == id;
  loop_.endThought(id);
}

bool MessageLoop::takePrepared() {
  size_t numBefore = prepared_.size();
  std::vector<Prepared> left;
  std::chrono::milliseconds patience(hasWork() ? 0 : 1);
  for (Prepared &prepared : std::exchange(prepared_, {})) {
    JobState state = prepared.job ? compilers_.wait(*prepared.job, patience)
                                  : JobState::Open;
    if (prepared.isCancelled && (state != JobState::Open || !prepared.job))
      refuse(prepared.id, FinishReason::Cancelled, Status());
    else if (state == JobState::Done)
      start(std::move(prepared));
    else if (state == JobState::Overdue)
      refuse(prepared.id, FinishReason::Failed, grammarTakesTooLong());
    else
      left.push_back(std::move(prepared));
    patience = std::chrono::milliseconds(0);
  }
  prepared_ = std::move(left);
  beginPreparing();
  return prepared_.size() < numBefore;
}

// The server has checked the request; its limits may have been older.
void MessageLoop::refuse(GenerationId id, FinishReason reason, Status error) {
  GenerationEvent event;
  event.end = GenerationEnd{.reason = reason, .error = std::move(error)};
  events_.push_back({id, std::move(event)});
}

void MessageLoop::report(std::string &out) {
  for (Delivery &delivery : loop_.takeDeliveries())
    (*delivery.sink)(std::move(delivery.event));
  StepMessage message{.status = status(),
                      .lastTaken = GenerationId{lastId_},
                      .started = std::exchange(started_, {})};
  for (size_t first = 0; first == 0 || first < events_.size();
       first += kMostEvents) {
    size_t end = std::min(events_.size(), first + kMostEvents);
    message.events.assign(std::move_iterator(events_.begin() + first),
                          std::move_iterator(events_.begin() + end));
    appendFrame(FromEngine(std::move(message)), out);
    message = {.status = status(), .lastTaken = GenerationId{lastId_}};
  }
  events_.clear();
  for (SlotDoneMessage &done : std::exchange(slotsDone_, {}))
    appendFrame(FromEngine(std::move(done)), out);
}

EngineStatus MessageLoop::status() {
  EngineStatus status = loop_.status();
  status.viewSeconds = viewSeconds_;
  return status;
}

EngineView MessageLoop::view() const {
  EngineView view = loop_.view();
  view.residentBytes = residentBytes().value_or(0);
  view.weightBytes = facts_.weightBytes;
  view.cacheBytes = facts_.cacheBytes;
  view.workingBytes = facts_.workingBytes;
  view.target = facts_.target;
  return view;
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
  isViewOld_ = true;
  if (isViewDue())
    return sendView(loop);
  return sender_.flush(Wait::Yes);
}

bool EngineWorker::isViewDue() const {
  return isViewOld_ && Clock::now() - lastView_ >= kViewPeriod;
}

// What else waits to be sent goes first, so that the time is the view's alone.
Status EngineWorker::sendView(MessageLoop &loop) {
  G4RT_TRY(sender_.flush(Wait::Yes));
  lastView_ = Clock::now();
  appendFrame(FromEngine(ViewMessage{loop.view()}), sender_.buffer());
  isViewOld_ = false;
  Status sent = sender_.flush(Wait::Yes);
  std::chrono::duration<double> seconds = Clock::now() - lastView_;
  loop.countView(seconds.count());
  return sent;
}

/// Beats meanwhile, and says once how it looks when nothing runs any more.
/// Errors: those of Executor::check().
Status EngineWorker::waitForMessage(const Executor &executor,
                                    MessageLoop &loop) {
  auto wakeTime = [&] {
    auto beatTime = Clock::now() + kIdleBeat;
    return isViewOld_ ? std::min(beatTime, lastView_ + kViewPeriod) : beatTime;
  };
  while (!receiver_.waitUntil(wakeTime())) {
    beat();
    if (isViewDue())
      (void)sendView(loop).ok(); // a server that is gone is seen next
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
                           const EngineFacts &facts,
                           std::unique_ptr<SessionStore> sessions) {
  MessageLoop loop(executor, tokenizer, facts, std::move(sessions),
                   [this] { beat(); });
  send(ReadyMessage{facts});
  Status status = serveAll(loop, executor);
  while (loop.saveSome())
    beat();
  return status;
}

Status EngineWorker::serveAll(MessageLoop &loop, const Executor &executor) {
  for (;;) {
    beat();
    if (loop.isIdle() && !loop.saveSome())
      if (Status status = waitForMessage(executor, loop); !status.ok())
        return end(loop, status);
    if (!receiver_.receive(Wait::No).ok())
      return Status(); // the server is gone or done
    G4RT_ASSIGN(bool isNew, takeMessages(receiver_, loop));
    isNew |= loop.takePrepared();
    bool isBegin = loop.planStep();
    // What runs now is seen while a long step runs, and if the engine is lost.
    isNew |= loop.hasNews();
    if ((isNew || isBegin) && !publish(loop).ok())
      return Status();
    if (loop.hasWork() || loop.hasCommands())
      loop.runStep();
    else if (loop.status().phase != EnginePhase::Failed)
      continue;
    if (!publish(loop).ok())
      return Status();
    if (loop.status().phase == EnginePhase::Failed)
      return Status(StatusCode::Unavailable, loop.status().lastError);
  }
}

} // namespace g4rt
