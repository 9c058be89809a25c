//===- EngineProcess.cpp - An engine in another process -------------------===//

#include "runtime/engine/process/EngineProcess.h"

#include "runtime/base/Log.h"
#include "runtime/engine/RequestCheck.h"
#include "runtime/text/StopMatcher.h"

#include <algorithm>
#include <sys/socket.h>
#include <utility>

namespace g4rt {

using Clock = std::chrono::steady_clock;
constexpr auto kNever = Clock::time_point::max();

Result<std::unique_ptr<EngineProcess>>
EngineProcess::start(EngineLauncher launcher,
                     const EngineProcessOptions &options) {
  G4RT_ASSIGN(Waker waker, Waker::create());
  return std::unique_ptr<EngineProcess>(
      new EngineProcess(std::move(launcher), options, std::move(waker)));
}

EngineProcess::EngineProcess(EngineLauncher launcher,
                             const EngineProcessOptions &options, Waker waker)
    : launcher_(std::move(launcher)), options_(options),
      waker_(std::move(waker)), hang_(options.stepTimeout, Clock::now()),
      thread_([this] { run(); }) {}

EngineProcess::~EngineProcess() {
  {
    std::lock_guard lock(mutex_);
    isStopping_ = true;
    changed_.notify_all();
  }
  waker_.wake();
  thread_.join();
}

//===----------------------------------------------------------------------===//
// Any thread
//===----------------------------------------------------------------------===//

Result<EngineFacts> EngineProcess::waitUntilLoaded() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return facts_ || phase_ == EnginePhase::Failed || isLoadCancelled_;
  });
  if (facts_)
    return *facts_;
  if (isLoadCancelled_)
    return Status(StatusCode::Cancelled, "loading was cancelled");
  return loadError_.ok() ? Status(StatusCode::Unavailable, lastError_)
                         : loadError_;
}

void EngineProcess::cancelLoad() {
  std::lock_guard lock(mutex_);
  isLoadCancelled_ = true;
  changed_.notify_all();
}

Status EngineProcess::checkOpen() const {
  if (phase_ != EnginePhase::Serving)
    return Status(StatusCode::Unavailable,
                  "the engine is " + std::string(toString(phase_)));
  if (isDraining_)
    return Status(StatusCode::Unavailable, "the engine is shutting down");
  int64_t numOpen = open_.size();
  if (numOpen - schedulerLimits(facts_->limits).maxRunning() >=
      options_.maxQueued)
    return Status(StatusCode::ResourceExhausted,
                  "the queue is full: " + std::to_string(numOpen) +
                      " requests");
  return Status();
}

Result<GenerationId> EngineProcess::submit(GenerationRequest request,
                                           GenerationSink sink) {
  // Without the mutex: this takes time for a long prompt.
  auto check = [&](const RequestLimits &limits) -> Status {
    G4RT_TRY(checkRequest(request, limits));
    auto stops = StopMatcher::create(request.stops);
    return stops ? Status() : stops.error();
  };
  std::unique_lock lock(mutex_);
  Status status = checkOpen();
  if (status.ok()) {
    RequestLimits limits =
        requestLimits(facts_->limits, facts_->maxModelLength);
    lock.unlock();
    status = check(limits);
    lock.lock();
  }
  auto id = status.ok() ? enqueue(std::move(request), std::move(sink))
                        : Result<GenerationId>(std::move(status));
  past_.numRefused += !id;
  return id;
}

Result<GenerationId> EngineProcess::enqueue(GenerationRequest request,
                                            GenerationSink sink) {
  G4RT_TRY(checkOpen());
  GenerationId id{nextId_++};
  open_.add(id, std::move(sink));
  ++numUndelivered_;
  sendSome(SubmitMessage{.id = id,
                         .submitted = Clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds(1),
                         .request = std::move(request)});
  return id;
}

// Never waits: the thread sends what the child does not take now.
void EngineProcess::sendSome(const ToEngine &message) {
  if (!sender_)
    return;
  appendFrame(message, sender_->buffer());
  // A child that is gone is the thread's to see.
  if (sender_->flush(Wait::No).ok() && !sender_->isEmpty())
    waker_.wake();
}

void EngineProcess::cancel(GenerationId id) {
  std::lock_guard lock(mutex_);
  if (open_.contains(id))
    sendSome(CancelMessage{id});
}

bool EngineProcess::drain(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  isDraining_ = true;
  auto isDone = [this] { return numUndelivered_ == 0; };
  if (Clock::now() < deadline)
    changed_.wait_until(lock, deadline, isDone);
  if (isDone())
    return true;
  sendSome(CancelAllMessage());
  if (!changed_.wait_for(lock, options_.grace, isDone) && child_)
    child_->kill();
  changed_.wait(lock, isDone);
  return false;
}

EngineStatus EngineProcess::status() const {
  std::lock_guard lock(mutex_);
  EngineStatus status = current_;
  addCounters(status, past_);
  if (facts_) { // a child says nothing before its first step
    status.numSlots = facts_->limits.numSlots;
    status.numPages = facts_->limits.numPages;
  }
  status.numWaiting = std::max<int64_t>(0, open_.size() - status.numRunning);
  status.isDraining = isDraining_;
  status.phase = phase_;
  status.loadProgress = loadProgress_;
  status.lastError = lastError_;
  status.processId = child_ ? child_->processId() : 0;
  return status;
}

//===----------------------------------------------------------------------===//
// The thread
//===----------------------------------------------------------------------===//

void EngineProcess::run() {
  do {
    live();
  } while (waitForRestart());
}

/// What became of a child whose connection ended in `status`.
static std::string causeOf(const Status &status, const std::string &how) {
  if (status.code() == StatusCode::DataLoss)
    return "sent " + status.message();
  return status.code() == StatusCode::Internal ? status.message()
                                               : "ended: " + how;
}

/// One child, from its start to its end.
void EngineProcess::live() {
  Result<std::unique_ptr<EngineChild>> child = launcher_();
  if (!child) {
    loadError_ = child.error(); // nobody reads it before lose()
    return lose(child.error().message());
  }
  attach(**child);
  Status status = serveChild(**child);
  {
    std::lock_guard lock(mutex_);
    child_ = nullptr;
    sender_.reset();
    if (isUp_) // to end may take it a while
      phase_ = EnginePhase::Restarting;
  }
  if (status.code() != StatusCode::Unavailable)
    (*child)->kill();
  std::string how = (*child)->wait(options_.grace);
  lose("the engine process " + causeOf(status, how));
}

void EngineProcess::attach(EngineChild &child) {
  std::lock_guard lock(mutex_);
  child_ = &child;
  sender_.emplace(child.socket());
  isUp_ = false;
  loadProgress_ = 0;
  loadError_ = Status();
}

/// Returns when the child does not go though it was told to. Errors:
/// Unavailable if it is gone; DataLoss if it sends what cannot be read;
/// Internal if it hangs.
Status EngineProcess::serveChild(EngineChild &child) {
  FrameReceiver receiver(child.socket());
  Time deadline = kNever;
  while (waitForBytes(child.socket(), deadline)) {
    flushOut();
    Status received = receiver.receive(Wait::No);
    G4RT_TRY(takeMessages(receiver));
    G4RT_TRY(std::move(received));
    G4RT_TRY(checkAwake());
    std::lock_guard lock(mutex_);
    if (!isStopping_ || deadline != kNever)
      continue;
    if (!isUp_) // it does not listen yet
      child.kill();
    ::shutdown(child.socket(), SHUT_WR); // it ends when it reads that
    deadline = Clock::now() + options_.grace;
  }
  return Status();
}

/// False once `deadline` has passed.
bool EngineProcess::waitForBytes(int socket, Time deadline) {
  bool hasOutput = false;
  {
    std::lock_guard lock(mutex_);
    hasOutput = !sender_->isEmpty();
  }
  waitForSocket(socket, hasOutput, waker_,
                std::min(deadline, hang_.nextLook()));
  return Clock::now() < deadline;
}

/// Errors: Internal if the child has been silent for too long.
Status EngineProcess::checkAwake() {
  std::lock_guard lock(mutex_);
  if (!hang_.isHung(Clock::now(), isUp_ && open_.size() > 0))
    return Status();
  return Status(StatusCode::Internal,
                "hangs: " + std::to_string(open_.size()) +
                    " requests wait, and it has said nothing for " +
                    std::to_string(options_.stepTimeout.count()) + " ms");
}

void EngineProcess::flushOut() {
  std::lock_guard lock(mutex_);
  // A child that is gone may have left a last word: reading tells.
  (void)sender_->flush(Wait::No).ok();
}

Status EngineProcess::takeMessages(FrameReceiver &receiver) {
  for (;;) {
    G4RT_ASSIGN(auto frame, receiver.next());
    if (!frame)
      return Status();
    G4RT_ASSIGN(FromEngine message, parseFromEngine(*frame));
    G4RT_TRY(handle(std::move(message)));
  }
}

Status EngineProcess::handle(FromEngine message) {
  hang_.onMessage();
  if (auto *step = std::get_if<StepMessage>(&message))
    return onStep(std::move(*step));
  if (auto *ready = std::get_if<ReadyMessage>(&message))
    return onReady(std::move(*ready));
  std::lock_guard lock(mutex_);
  if (const auto *progress = std::get_if<ProgressMessage>(&message))
    loadProgress_ = std::clamp(progress->share, 0.0, 1.0);
  if (auto *failed = std::get_if<LoadFailedMessage>(&message))
    loadError_ = std::move(failed->error);
  return Status();
}

/// So that arithmetic on them is safe.
static bool areUsable(const EngineFacts &facts) {
  const ExecutorLimits &limits = facts.limits;
  int64_t all[] = {
      limits.vocabSize,      limits.maxStepTokens, limits.maxChunkTokens,
      limits.maxStepOutputs, limits.numSlots,      limits.pageSize,
      limits.numPages,       limits.pagesPerSlot,  facts.maxModelLength};
  return std::ranges::all_of(
      all, [](int64_t n) { return n > 0 && n <= (int64_t{1} << 31); });
}

Status EngineProcess::onReady(ReadyMessage message) {
  std::unique_lock lock(mutex_);
  if (isUp_ || !areUsable(message.facts))
    return Status(StatusCode::DataLoss, "limits that cannot be");
  bool isFirst = !facts_;
  std::string pid = std::to_string(child_->processId());
  facts_ = std::move(message.facts);
  isUp_ = true;
  phase_ = EnginePhase::Serving;
  loadProgress_ = 1;
  policy_.onServing(Clock::now());
  changed_.notify_all();
  lock.unlock();
  if (!isFirst)
    logEvent(LogLevel::Info, "engine", "restarted", {{"pid", pid}});
  return Status();
}

static bool isInVocabulary(const GenerationEvent &event, int64_t vocabSize) {
  auto isToken = [&](const TokenLogprob &token) {
    return token.id >= 0 && token.id < vocabSize;
  };
  return !event.token || (isToken(event.token->token) &&
                          std::ranges::all_of(event.token->top, isToken));
}

// The status first, and the room in the queue: who gets the end of an answer
// finds it counted there, and can submit the next request.
Status EngineProcess::onStep(StepMessage message) {
  std::unique_lock lock(mutex_);
  if (!isUp_)
    return Status(StatusCode::DataLoss, "a step before it was ready");
  for (const AnswerEvent &event : message.events)
    if (!isInVocabulary(event.event, facts_->limits.vocabSize))
      return Status(StatusCode::DataLoss, "a token outside of the vocabulary");
  current_ = std::move(message.status);
  // It is about to end; who is told so now must not find it serving.
  if (current_.phase == EnginePhase::Failed)
    phase_ = EnginePhase::Restarting;
  std::vector<Delivery> deliveries = open_.take(std::move(message.events));
  lock.unlock();
  deliver(std::move(deliveries));
  return Status();
}

void EngineProcess::deliver(std::vector<Delivery> deliveries) {
  int64_t numEnded = 0;
  for (Delivery &delivery : deliveries) {
    numEnded += delivery.event.end.has_value();
    (*delivery.sink)(std::move(delivery.event));
  }
  deliveries.clear(); // the sinks too, before drain() returns
  if (numEnded == 0)
    return;
  std::lock_guard lock(mutex_);
  numUndelivered_ -= numEnded;
  changed_.notify_all();
}

/// The child is gone.
void EngineProcess::lose(const std::string &cause) {
  std::unique_lock lock(mutex_);
  // What the loader or the device said tells more than how the process ended.
  lastError_ = cause;
  if (!loadError_.ok())
    lastError_ = loadError_.message();
  else if (!current_.lastError.empty())
    lastError_ = current_.lastError;
  std::vector<Delivery> deliveries = failAll();
  bool isQuiet = isStopping_ || !facts_; // who started it says why
  std::string error = lastError_;
  lock.unlock();
  if (!isQuiet)
    logEvent(LogLevel::Error, "engine", "lost",
             {{"error", error},
              {"cause", cause},
              {"requests", std::to_string(deliveries.size())}});
  deliver(std::move(deliveries));
}

/// Under the mutex.
std::vector<Delivery> EngineProcess::failAll() {
  std::vector<Delivery> deliveries =
      open_.failAll(Status(StatusCode::Unavailable, lastError_));
  addCounters(past_, std::exchange(current_, {}));
  past_.numFailed += deliveries.size();
  phase_ = facts_ ? EnginePhase::Restarting : EnginePhase::Failed;
  changed_.notify_all();
  return deliveries;
}

/// False if there is to be no other child.
bool EngineProcess::waitForRestart() {
  auto delay = policy_.onLost(Clock::now());
  std::unique_lock lock(mutex_);
  if (!delay || isDraining_ || !facts_) {
    phase_ = EnginePhase::Failed;
    changed_.notify_all();
    if (!delay && facts_)
      logEvent(LogLevel::Error, "engine", "given_up", {{"error", lastError_}});
    return false;
  }
  if (changed_.wait_for(lock, *delay, [this] { return isStopping_; }))
    return false;
  ++past_.numRestarts;
  return true;
}

} // namespace g4rt
