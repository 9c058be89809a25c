//===- EngineRestarts.cpp - One process of the engine after another -------===//
//
// The part of EngineProcess that starts a child, says what became of it, ends
// the answers that it can no longer give and starts the next one.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Log.h"
#include "runtime/engine/process/EngineProcess.h"

#include <utility>

namespace g4rt {

using Clock = std::chrono::steady_clock;
/// Starts that may fail in a row before requests that wait are told.
constexpr int kMostFailedStarts = 3;

void EngineProcess::runThread() {
  do {
    live();
  } while (waitForRestart());
  failRest();
}

/// There will be no other child.
void EngineProcess::failRest() {
  std::unique_lock lock(mutex_);
  std::vector<Delivery> deliveries =
      open_.failAll(Status(StatusCode::Unavailable, lastError_));
  past_.numFailed += deliveries.size();
  lock.unlock();
  deliver(std::move(deliveries));
  deliverEnded();
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
  policy_.onStart(Clock::now());
  isUp_ = false;
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
  hang_.onStart();
  loadProgress_ = 0;
  loadError_ = Status();
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
  isDegraded_ = false;
  silence_ = std::chrono::milliseconds(0);
  std::vector<Delivery> deliveries = failAnswers();
  bool isQuiet = isStopping_ || !facts_; // who started it says why
  lock.unlock();
  if (!isQuiet)
    logLoss(cause, deliveries.size());
  deliver(std::move(deliveries));
  failCommands();
}

/// Once for starts that fail again and again in the same way.
void EngineProcess::logLoss(const std::string &cause, size_t numFailed) {
  std::lock_guard lock(mutex_);
  if (!isUp_ && std::exchange(loggedError_, lastError_) == lastError_)
    return;
  logEvent(LogLevel::Error, "engine", "lost",
           {{"error", lastError_},
            {"cause", cause},
            {"requests", std::to_string(numFailed)},
            {"kept", std::to_string(open_.size())}});
}

/// Under the mutex. Where starts fail one after the other nobody is kept
/// waiting for one that does not.
std::vector<Delivery> EngineProcess::failAnswers() {
  Status error(StatusCode::Unavailable, lastError_);
  bool isHopeless = !facts_ || isStopping_ ||
                    policy_.numFailedStarts() + !isUp_ >= kMostFailedStarts;
  std::vector<Delivery> deliveries =
      isHopeless ? open_.failAll(error) : open_.failBegun(error);
  addCounters(past_, std::exchange(current_, {}));
  view_ = {};
  past_.numFailed += deliveries.size();
  phase_ = facts_ ? EnginePhase::Restarting : EnginePhase::Failed;
  changed_.notify_all();
  return deliveries;
}

/// Whether why the last start failed is something about the model's file.
static bool isFileWrong(const Status &loadError) {
  return loadError.code() == StatusCode::DataLoss ||
         loadError.code() == StatusCode::NotFound;
}

/// False if there is to be no other child.
bool EngineProcess::waitForRestart() {
  std::unique_lock lock(mutex_);
  Time now = Clock::now();
  auto delay = policy_.onLost(now, isFileWrong(loadError_));
  bool isNeeded = !isDraining_ || open_.size() > 0;
  if (!delay || !isNeeded || !facts_) {
    phase_ = EnginePhase::Failed;
    changed_.notify_all();
    if (!delay && facts_)
      logEvent(LogLevel::Error, "engine", "given_up", {{"error", lastError_}});
    return false;
  }
  while (!isStopping_ && Clock::now() < now + *delay) {
    changed_.wait_until(lock, now + *delay,
                        [this] { return isStopping_ || !ended_.empty(); });
    lock.unlock();
    deliverEnded();
    lock.lock();
  }
  past_.numRestarts += !isStopping_;
  return !isStopping_;
}

} // namespace g4rt
