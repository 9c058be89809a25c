//===- EngineProcess.cpp - An engine in another process -------------------===//

#include "runtime/engine/process/EngineProcess.h"

#include "runtime/base/Log.h"
#include "runtime/engine/RequestCheck.h"
#include "runtime/text/answer/StopMatcher.h"

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
      thread_([this] { runThread(); }) {}

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

void EngineProcess::hangUp() {
  std::lock_guard lock(mutex_);
  if (child_)
    child_->hangUp();
}

Status EngineProcess::checkOpen(int64_t numPromptTokens) const {
  if (phase_ != EnginePhase::Serving)
    return Status(StatusCode::Unavailable,
                  "the engine is " + std::string(toString(phase_)));
  if (isDraining_)
    return Status(StatusCode::Unavailable, "the engine is shutting down");
  int64_t numOpen = open_.size();
  if (numOpen - facts_->limits.maxRunning() >= options_.maxQueued)
    return Status(StatusCode::ResourceExhausted,
                  "the queue is full: " + std::to_string(numOpen) +
                      " requests");
  int64_t numTokens = open_.numWaitingTokens();
  if (options_.maxQueuedTokens > 0 && numTokens > 0 &&
      numOpen >= facts_->limits.maxRunning() &&
      numTokens + numPromptTokens > options_.maxQueuedTokens)
    return Status(StatusCode::ResourceExhausted,
                  "the queue is full: " + std::to_string(numTokens) +
                      " tokens");
  return Status();
}

/// Who does not wait any more since the last call, and whether somebody does.
void EngineProcess::measureQueue() {
  Time now = Clock::now();
  int64_t numWaiting = open_.numWaiting(), numTokens = open_.numWaitingTokens();
  if (numWaiting < numMeasured_)
    drain_.leave(numMeasured_ - numWaiting,
                 std::max<int64_t>(numMeasuredTokens_ - numTokens, 0), now);
  numMeasured_ = numWaiting;
  numMeasuredTokens_ = numTokens;
  drain_.setBusy(numWaiting > 0, now);
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
  Status status = checkOpen(std::ssize(request.promptIds));
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
  G4RT_TRY(checkOpen(std::ssize(request.promptIds)));
  GenerationId id{nextId_++};
  SubmitMessage message{.id = id,
                        .submitted = Clock::now().time_since_epoch() /
                                     std::chrono::nanoseconds(1),
                        .request = std::move(request)};
  sendSome(message);
  open_.add(std::move(message), std::move(sink));
  measureQueue();
  ++numUndelivered_;
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

/// To the new child, what the one before has said nothing of.
void EngineProcess::askAnew() {
  for (SubmitMessage &message : open_.fresh())
    sendSome(std::move(message));
}

/// The answer has no child that could end it.
void EngineProcess::endHere(GenerationId id) {
  for (Delivery &last : open_.end(id, {.reason = FinishReason::Cancelled})) {
    ended_.push_back(std::move(last));
    ++past_.numCancelled;
  }
  changed_.notify_all();
  waker_.wake();
}

void EngineProcess::cancel(GenerationId id) {
  std::lock_guard lock(mutex_);
  if (!open_.contains(id))
    return;
  if (phase_ != EnginePhase::Serving)
    return endHere(id);
  open_.spend(id);
  sendSome(CancelMessage{id});
}

void EngineProcess::setPaused(GenerationId id, bool isPaused) {
  std::lock_guard lock(mutex_);
  if (open_.contains(id) && phase_ == EnginePhase::Serving)
    sendSome(PauseMessage{id, isPaused});
}

void EngineProcess::endThought(GenerationId id) {
  std::lock_guard lock(mutex_);
  if (open_.contains(id) && phase_ == EnginePhase::Serving)
    sendSome(EndThoughtMessage{id});
}

bool EngineProcess::drain(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  isDraining_ = true;
  auto isDone = [this] { return numUndelivered_ == 0; };
  if (Clock::now() < deadline)
    changed_.wait_until(lock, deadline, isDone);
  if (isDone())
    return true;
  if (phase_ != EnginePhase::Serving)
    for (const SubmitMessage &message : open_.fresh())
      endHere(message.id);
  open_.spendAll();
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
    status.pageSize = facts_->limits.pageSize;
    status.numWindowPages = facts_->limits.numWindowPages;
    status.memoryBandwidth = facts_->memoryBandwidth;
  }
  status.numWaiting = std::max<int64_t>(0, open_.size() - status.numRunning);
  status.numWaitingTokens = open_.numWaitingTokens();
  status.drainSeconds = drain_.secondsFor(
      open_.numWaiting(), open_.numWaitingTokens(), Clock::now());
  status.isDraining = isDraining_;
  status.phase = phase_;
  status.loadProgress = loadProgress_;
  status.lastError = lastError_;
  status.lastSignSeconds = std::chrono::duration<double>(silence_).count();
  status.isDegraded = isDegraded_;
  status.processId = child_ ? child_->processId() : 0;
  return status;
}

void EngineProcess::run(SlotCommand command, SlotSink sink) {
  std::unique_lock lock(mutex_);
  if (phase_ == EnginePhase::Serving) {
    uint64_t id = nextCommand_++;
    commands_.emplace(id, std::move(sink));
    return sendSome(SlotMessage{id, std::move(command)});
  }
  lock.unlock();
  sink({.error = Status(StatusCode::Unavailable, "the engine is not serving")});
}

EngineView EngineProcess::view() const {
  std::lock_guard lock(mutex_);
  return view_;
}

//===----------------------------------------------------------------------===//
// The thread, beside EngineRestarts.cpp
//===----------------------------------------------------------------------===//

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
    G4RT_TRY(checkAwake(child));
    deliverEnded();
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
Status EngineProcess::checkAwake(const EngineChild &child) {
  const Heartbeat *heartbeat = child.heartbeat();
  if (uint64_t signs = heartbeat ? heartbeat->numSigns() : 0;
      std::exchange(numSigns_, signs) != signs)
    hang_.onSign();
  bool isStopped = hang_.isLookDue(Clock::now()) && child.isStopped();
  std::lock_guard lock(mutex_);
  bool isOwed = isUp_ && open_.size() > 0;
  hang_.look(Clock::now(), {.due = isOwed      ? HangWatch::Due::Answer
                                   : heartbeat ? HangWatch::Due::Sign
                                               : HangWatch::Due::Nothing,
                            .isStopped = isStopped});
  silence_ = hang_.silence();
  isDegraded_ = hang_.isDegraded();
  if (!hang_.isHung())
    return Status();
  return Status(StatusCode::Internal,
                "hangs: " + std::to_string(open_.size()) +
                    " requests wait, and it has given no sign of life for " +
                    std::to_string(hang_.timeout().count()) + " ms");
}

/// Tells the ends of those that were cancelled while there was no child.
void EngineProcess::deliverEnded() {
  std::unique_lock lock(mutex_);
  std::vector<Delivery> deliveries = std::exchange(ended_, {});
  lock.unlock();
  deliver(std::move(deliveries));
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
  hang_.onSign();
  if (auto *step = std::get_if<StepMessage>(&message))
    return onStep(std::move(*step));
  if (auto *view = std::get_if<ViewMessage>(&message))
    return onView(std::move(*view));
  if (auto *ready = std::get_if<ReadyMessage>(&message))
    return onReady(std::move(*ready));
  if (auto *done = std::get_if<SlotDoneMessage>(&message)) {
    onSlotDone(std::move(*done));
    return Status();
  }
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
  int64_t windows[] = {limits.window, limits.numWindowPages,
                       limits.windowPagesPerSlot};
  auto isIn = [](int64_t least) {
    return [least](int64_t n) { return n >= least && n <= (int64_t{1} << 31); };
  };
  return std::ranges::all_of(all, isIn(1)) &&
         std::ranges::all_of(windows, isIn(0));
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
  policy_.onServing();
  hang_.onServing(facts_->beatsInSteps);
  loggedError_.clear();
  askAnew();
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

/// How many of these events or deliveries are the last of their answer.
template <typename T>
static int64_t countEnds(const std::vector<T> &list) {
  return std::ranges::count_if(
      list, [](const T &one) { return one.event.end.has_value(); });
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
  current_ = message.status;
  // It is about to end; who is told so now must not find it serving.
  if (current_.phase == EnginePhase::Failed)
    phase_ = EnginePhase::Restarting;
  int64_t numEnds = countEnds(message.events);
  std::vector<Delivery> deliveries = open_.take(std::move(message));
  measureQueue();
  // What it counts as failed and is asked anew has not failed yet.
  if (current_.phase == EnginePhase::Failed)
    current_.numFailed -=
        static_cast<uint64_t>(numEnds - countEnds(deliveries));
  lock.unlock();
  deliver(std::move(deliveries));
  return Status();
}

/// Whether what reads it can divide and index without a thought.
static bool isUsable(const PoolMap &map) {
  return map.pagesPerCell > 0 && map.numPages >= 0 &&
         map.usedByCell.size() == map.sharedByCell.size();
}

Status EngineProcess::onView(ViewMessage message) {
  if (!std::ranges::all_of(message.view.pools, isUsable))
    return Status(StatusCode::DataLoss, "a map of pages that cannot be");
  std::lock_guard lock(mutex_);
  view_ = std::move(message.view);
  return Status();
}

void EngineProcess::onSlotDone(SlotDoneMessage message) {
  std::unique_lock lock(mutex_);
  auto command = commands_.extract(message.id);
  lock.unlock();
  if (!command.empty())
    command.mapped()(std::move(message.report));
}

/// The child that should have answered them is gone.
void EngineProcess::failCommands() {
  std::unique_lock lock(mutex_);
  auto commands = std::exchange(commands_, {});
  lock.unlock();
  for (auto &[id, sink] : commands)
    sink({.error = Status(StatusCode::Unavailable, "the engine was lost")});
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

} // namespace g4rt
