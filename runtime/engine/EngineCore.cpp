//===- EngineCore.cpp - The engine's thread and its queue -----------------===//

#include "runtime/engine/EngineCore.h"

#include <algorithm>
#include <string>
#include <utility>

namespace g4rt {

EngineCore::EngineCore(Executor &executor, const Tokenizer &tokenizer,
                       const EngineOptions &options)
    : tokenizer_(tokenizer), grammars_(tokenizer),
      requestLimits_(requestLimits(executor.limits(), options.maxModelLength)),
      maxRunning_(executor.limits().maxRunning()),
      maxQueued_(options.maxQueued),
      loop_(executor, std::chrono::steady_clock::now,
            {.hasPrefixCache = options.enablePrefixCaching}),
      status_(loop_.status()), thread_([this] { run(); }) {}

EngineCore::~EngineCore() {
  {
    std::lock_guard lock(mutex_);
    commands_.stop = true;
  }
  wake_.notify_one();
  thread_.join();
}

Result<GenerationId> EngineCore::submit(GenerationRequest request,
                                        GenerationSink sink) {
  // Without the mutex: this takes time for a long prompt.
  Result<Answer> answer =
      checkedAnswer(std::move(request), requestLimits_, {tokenizer_, grammars_},
                    std::chrono::steady_clock::now());
  Result<GenerationId> id = answer
                                ? enqueue(*std::move(answer), std::move(sink))
                                : Result<GenerationId>(answer.error());
  if (id) {
    wake_.notify_one();
    return id;
  }
  std::lock_guard lock(mutex_);
  ++numRefused_;
  return id;
}

Result<GenerationId> EngineCore::enqueue(Answer answer, GenerationSink sink) {
  std::lock_guard lock(mutex_);
  G4RT_TRY(checkOpen());
  GenerationId id{nextId_++};
  commands_.added.push_back(
      {.id = id, .answer = std::move(answer), .sink = std::move(sink)});
  ++numUnfinished_;
  ++numUndelivered_;
  return id;
}

// Under the mutex.
Status EngineCore::checkOpen() const {
  if (status_.phase == EnginePhase::Failed)
    return Status(StatusCode::Unavailable, "the device is lost");
  if (isDraining_)
    return Status(StatusCode::Unavailable, "the engine is shutting down");
  if (numUnfinished_ - maxRunning_ >= maxQueued_)
    return Status(StatusCode::ResourceExhausted,
                  "the queue is full: " + std::to_string(numUnfinished_) +
                      " requests");
  return Status();
}

void EngineCore::cancel(GenerationId id) {
  {
    std::lock_guard lock(mutex_);
    commands_.cancelled.push_back(id);
  }
  wake_.notify_one();
}

void EngineCore::setPaused(GenerationId id, bool isPaused) {
  {
    std::lock_guard lock(mutex_);
    commands_.paused.emplace_back(id, isPaused);
  }
  wake_.notify_one();
}

void EngineCore::endThought(GenerationId id) {
  {
    std::lock_guard lock(mutex_);
    commands_.thoughtsEnded.push_back(id);
  }
  wake_.notify_one();
}

bool EngineCore::drain(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  isDraining_ = true;
  auto isDone = [this] { return numUndelivered_ == 0; };
  // A deadline in the past lets no further step begin.
  if (std::chrono::steady_clock::now() < deadline)
    delivered_.wait_until(lock, deadline, isDone);
  if (isDone())
    return true;
  commands_.cancelAll = true;
  wake_.notify_one();
  delivered_.wait(lock, isDone);
  return false;
}

EngineStatus EngineCore::status() const {
  std::lock_guard lock(mutex_);
  EngineStatus status = status_;
  status.numWaiting += static_cast<int64_t>(commands_.added.size());
  status.isDraining = isDraining_;
  status.numRefused = numRefused_;
  return status;
}

void EngineCore::run() {
  bool isStopping = false;
  while (!isStopping) {
    Commands commands = waitForCommands();
    isStopping = commands.stop;
    apply(std::move(commands));
    loop_.planStep();
    publish();
    loop_.runStep();
    publish();
  }
}

EngineCore::Commands EngineCore::waitForCommands() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] {
    return (loop_.hasWork() && !loop_.isStalled()) || !commands_.empty();
  });
  return std::exchange(commands_, {});
}

void EngineCore::apply(Commands commands) {
  for (NewAnswer &answer : commands.added)
    loop_.add(std::move(answer));
  for (GenerationId id : commands.cancelled)
    loop_.cancel(id);
  for (auto [id, isPaused] : commands.paused)
    loop_.setPaused(id, isPaused);
  for (GenerationId id : commands.thoughtsEnded)
    loop_.endThought(id);
  if (commands.cancelAll || commands.stop)
    loop_.cancelAll();
}

// The status and the room in the queue first: who gets the end of an answer
// finds it counted there, and can submit the next request.
void EngineCore::publish() {
  std::vector<Delivery> deliveries = loop_.takeDeliveries();
  int64_t numEnded = std::ranges::count_if(
      deliveries, [](const Delivery &d) { return d.event.end.has_value(); });
  {
    std::lock_guard lock(mutex_);
    status_ = loop_.status();
    numUnfinished_ -= numEnded;
  }
  for (Delivery &delivery : deliveries)
    (*delivery.sink)(std::move(delivery.event));
  deliveries.clear(); // the sinks too, before drain() returns
  std::lock_guard lock(mutex_);
  numUndelivered_ -= numEnded;
  if (numUndelivered_ == 0)
    delivered_.notify_all();
}

} // namespace g4rt
