//===- StepLoop.cpp - The engine without its thread -----------------------===//

#include "runtime/engine/StepLoop.h"

#include "runtime/base/Log.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace g4rt {

static SequenceId sequenceOf(GenerationId id) {
  return SequenceId{static_cast<uint64_t>(id)};
}

static GenerationId answerOf(SequenceId id) {
  return GenerationId{static_cast<uint64_t>(id)};
}

static double secondsBetween(Answer::Time from, Answer::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

static Status deviceLost() {
  return Status(StatusCode::Unavailable, "the device is lost");
}

static Status rulesTakeTooLong() {
  return Status(
      StatusCode::InvalidArgument,
      "grammar: to find the tokens that may come next takes too long");
}

/// For the rules of an answer, beside others that need not wait and alone.
constexpr std::chrono::milliseconds kPatience(1), kLongPatience(20);

SchedulerOptions StepLoop::withFiles(SchedulerOptions options,
                                     const SessionStore *sessions) {
  if (sessions)
    options.numStored = [sessions](const std::string &salt,
                                   std::span<const int32_t> tokens,
                                   int64_t most) {
      return sessions->numStored(salt, tokens, most);
    };
  return options;
}

StepLoop::StepLoop(Executor &executor, Clock clock, SchedulerOptions options,
                   std::unique_ptr<SessionStore> sessions)
    : executor_(executor), clock_(std::move(clock)),
      scheduler_(executor.limits(),
                 withFiles(std::move(options), sessions.get())) {
  if (sessions)
    sessions_.emplace(std::move(sessions), executor);
  status_.numPages = scheduler_.pools().pages.numPages();
  status_.pageSize = executor.limits().pageSize;
  status_.numWindowPages = scheduler_.pools().windowPages.numPages();
  status_.numSlots = scheduler_.slots().numSlots();
}

void StepLoop::add(NewAnswer added) {
  GenerationId id = added.id;
  SequenceRequest request{.tokens = added.answer.takePrompt(),
                          .maxTokens = added.answer.maxTokens(),
                          .priority = added.answer.priority(),
                          .share = added.answer.share(),
                          .cacheSalt = added.answer.cacheSalt(),
                          .hasPromptOutputs = added.answer.wantsPromptLogits()};
  Entry entry{std::move(added.answer),
              std::make_shared<const GenerationSink>(std::move(added.sink))};
  auto it = answers_.emplace(id, std::move(entry)).first;
  if (status_.phase == EnginePhase::Failed)
    return end(it, FinishReason::Failed, deviceLost());
  watch(id, it->second.answer);
  scheduler_.submit(sequenceOf(id), std::move(request));
}

void StepLoop::watch(GenerationId id, const Answer &answer) {
  if (auto deadline = answer.nextDeadline())
    deadlines_.emplace(*deadline, id);
}

/// Ends the answers that are late.
void StepLoop::endLate() {
  if (deadlines_.empty())
    return;
  Answer::Time now = clock_();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    GenerationId id = deadlines_.extract(deadlines_.begin()).value().second;
    auto entry = answers_.find(id);
    if (entry->second.answer.isLate(now))
      end(entry, FinishReason::Failed,
          Status(StatusCode::Cancelled, "the answer did not end in its time"));
    else // it has begun in time
      watch(id, entry->second.answer);
  }
}

void StepLoop::cancel(GenerationId id) {
  if (auto it = answers_.find(id); it != answers_.end())
    end(it, FinishReason::Cancelled, Status());
}

void StepLoop::setPaused(GenerationId id, bool isPaused) {
  scheduler_.setPaused(sequenceOf(id), isPaused);
}

void StepLoop::endThought(GenerationId id) {
  if (auto it = answers_.find(id); it != answers_.end())
    it->second.answer.endThought();
}

void StepLoop::cancelAll() { endAll(FinishReason::Cancelled, Status()); }

void StepLoop::planStep() {
  endLate();
  if (sessions_)
    if (Status status = sessions_->takeRead(scheduler_); !status.ok())
      lose(status);
  goOn();
  step_ = &scheduler_.next();
  if (sessions_)
    sessions_->beginReads(*step_);
}

bool StepLoop::saveSome() {
  if (!sessions_ || status_.phase == EnginePhase::Failed)
    return false;
  auto saved = sessions_->saveSome(scheduler_);
  if (!saved)
    lose(saved.error());
  return saved && *saved;
}

void StepLoop::waitForFiles() {
  constexpr std::chrono::milliseconds kPatience(1); // for other messages
  bool isWaiting = hasCommands() || scheduler_.numRestoring() > 0;
  if (sessions_ && step_->empty() && isWaiting)
    sessions_->store().waitForRead(kPatience);
}

void StepLoop::run(const SlotCommand &command, SlotSink sink) {
  if (sessions_)
    return sessions_->run(command, scheduler_, std::move(sink));
  sink({.error = Status(StatusCode::Unimplemented,
                        "this server has no folder of sessions: needs "
                        "--session-dir")});
}

/// Masks take microseconds, so that hardly an answer misses a step; one that
/// takes long holds up nobody else.
/// Whether the answer's next token can be chosen. If not, then its rules are
/// still being followed, or it has ended.
bool StepLoop::hasRules(Entries::iterator entry,
                        std::chrono::milliseconds patience) {
  switch (entry->second.answer.followRules(patience)) {
  case JobState::Open:
    return false;
  case JobState::Overdue:
    logEvent(LogLevel::Warning, "engine", "rules_given_up",
             {{"request", entry->second.answer.requestId()}});
    end(entry, FinishReason::Failed, rulesTakeTooLong());
    return false;
  case JobState::Done:
    break;
  }
  if (!entry->second.answer.isOver())
    return true;
  end(entry, FinishReason::Stop, Status());
  return false;
}

/// The step's logits are gone with the next one.
void StepLoop::hold(Entries::iterator entry, const LogitSource &logits) {
  auto row = logits.all();
  if (!row)
    return end(entry, FinishReason::Failed, row.error());
  entry->second.logits.assign(row->begin(), row->end());
  scheduler_.setHeld(sequenceOf(entry->first), true);
  held_.push_back(entry->first);
}

void StepLoop::goOn() {
  for (GenerationId id : std::exchange(held_, {}))
    if (auto entry = answers_.find(id); entry != answers_.end())
      goOn(entry);
}

void StepLoop::goOn(Entries::iterator entry) {
  GenerationId id = entry->first;
  bool isAlone = answers_.size() == 1;
  if (!hasRules(entry, isAlone ? kLongPatience : kPatience)) {
    if (answers_.contains(id))
      held_.push_back(id);
    return;
  }
  scheduler_.setHeld(sequenceOf(id), false);
  std::vector<float> logits = std::exchange(entry->second.logits, {});
  // One that was preempted meanwhile computes them anew.
  if (scheduler_.awaitsToken(sequenceOf(id)))
    appendToken(entry, logits);
}

std::vector<GenerationId> StepLoop::startedAnswers() const {
  std::vector<GenerationId> started;
  for (const ScheduledChunk &chunk : step_->chunks)
    if (chunk.isFirst)
      started.push_back(answerOf(chunk.id));
  return started;
}

void StepLoop::runStep() {
  if (step_->empty())
    return;
  Answer::Time start = clock_();
  startChunks(start);
  double readBefore = executor_.readBytes();
  auto logits = executor_.runForSampling(step_->plan);
  double seconds = secondsBetween(start, clock_());
  ++status_.numSteps;
  status_.stepSeconds += seconds;
  status_.readBytes += executor_.readBytes() - readBefore;
  if (!logits)
    return failStep(logits.error());
  scheduler_.complete(seconds);
  takeLogits(*logits);
  saveSome();
}

void StepLoop::startChunks(Answer::Time now) {
  for (const ScheduledChunk &chunk : step_->chunks)
    if (chunk.isFirst)
      answers_.at(answerOf(chunk.id)).answer.start(chunk.numCached, now);
}

void StepLoop::lose(const Status &error) {
  status_.phase = EnginePhase::Failed;
  status_.lastError = error.message();
  endAll(FinishReason::Failed, error);
}

/// "req-1,req-2", for the log.
std::string StepLoop::requestsOfStep() const {
  std::string ids;
  for (const ScheduledChunk &chunk : step_->chunks)
    (ids += ids.empty() ? "" : ",") +=
        answers_.at(answerOf(chunk.id)).answer.requestId();
  return ids;
}

void StepLoop::failStep(const Status &error) {
  logEvent(LogLevel::Error, "engine", "step_failed",
           {{"rows", std::to_string(step_->plan.numTokens())},
            {"requests", requestsOfStep()},
            {"error", error.toString()}});
  if (error.code() == StatusCode::Unavailable)
    return lose(error);
  for (const ScheduledChunk &chunk : step_->chunks)
    end(answers_.find(answerOf(chunk.id)), FinishReason::Failed, error);
}

void StepLoop::takeLogits(std::span<const LogitSource> logits) {
  if (int64_t needed = step_->plan.numOutputs();
      static_cast<int64_t>(logits.size()) != needed)
    return failStep(
        Status(StatusCode::Internal, "step: " + std::to_string(logits.size()) +
                                         " rows of logits, needs " +
                                         std::to_string(needed)));
  for (const ScheduledChunk &chunk : step_->chunks) {
    status_.numPromptTokens += chunk.numPromptRows;
    auto numScored = static_cast<size_t>(chunk.numPromptOutputs);
    if (numScored > 0)
      scorePrompt(answers_.find(answerOf(chunk.id)), logits.first(numScored));
    logits = logits.subspan(numScored);
    if (!chunk.hasOutput)
      continue;
    if (auto entry = answers_.find(answerOf(chunk.id)); entry != answers_.end())
      chooseToken(entry, logits.front());
    logits = logits.subspan(1);
  }
}

void StepLoop::scorePrompt(Entries::iterator entry,
                           std::span<const LogitSource> rows) {
  Result<GenerationEvent> event = entry->second.answer.scorePrompt(rows);
  if (!event)
    return end(entry, FinishReason::Failed, event.error());
  deliver(entry, *std::move(event));
}

void StepLoop::chooseToken(Entries::iterator entry, const LogitSource &logits) {
  Answer &answer = entry->second.answer;
  if (answer.isPromptOnly()) {
    countPrompt(answer);
    return end(entry, FinishReason::Length, Status());
  }
  GenerationId id = entry->first;
  if (hasRules(entry, kPatience))
    appendToken(entry, logits);
  else if (answers_.contains(id))
    hold(entry, logits);
}

void StepLoop::appendToken(Entries::iterator entry, const LogitSource &logits) {
  Answer &answer = entry->second.answer;
  Result<Sample> sample = answer.choose(sampler_, logits);
  if (!sample)
    return end(entry, FinishReason::Failed, sample.error());
  int32_t token = sample->token.id;
  Answer::Time now = clock_();
  std::optional<double> tokenBefore = answer.lastToken();
  GenerationEvent event = answer.append(*std::move(sample), now);
  observeToken(answer, tokenBefore);
  if (!event.end)
    scheduler_.append(sequenceOf(entry->first), token);
  deliver(entry, std::move(event));
}

void StepLoop::endAll(FinishReason reason, const Status &error) {
  while (!answers_.empty())
    end(answers_.begin(), reason, error);
}

void StepLoop::end(Entries::iterator entry, FinishReason reason, Status error) {
  deliver(entry, entry->second.answer.end(reason, std::move(error), clock_()));
}

// Of an answer that has begun meanwhile the earlier one may stand there.
void StepLoop::forgetDeadline(Entries::iterator entry) {
  std::erase_if(deadlines_, [&](const auto &deadline) {
    return deadline.second == entry->first;
  });
}

static void showText(TextTail &tail, const GenerationEvent &event) {
  for (const AnswerPiece &piece : event.pieces) {
    tail.add(piece.call.name);
    tail.add(piece.call.arguments);
    tail.add(piece.text);
  }
}

void StepLoop::countLostCalls(const GenerationEvent &event) {
  for (const AnswerPiece &piece : event.pieces) {
    status_.numCutCalls += piece.kind == AnswerPiece::Kind::CutCall;
    status_.numUnreadableCalls +=
        piece.kind == AnswerPiece::Kind::UnreadableCall;
  }
}

// The entry is gone after its end.
void StepLoop::deliver(Entries::iterator entry, GenerationEvent event) {
  bool isLast = event.end.has_value();
  if (isLast)
    countEnd(*event.end);
  countLostCalls(event);
  if (showsTexts_)
    showText(entry->second.tail, event);
  deliveries_.push_back({entry->second.sink, std::move(event)});
  if (!isLast)
    return;
  scheduler_.finish(sequenceOf(entry->first));
  forgetDeadline(entry);
  answers_.erase(entry);
}

std::vector<Delivery> StepLoop::takeDeliveries() {
  return std::exchange(deliveries_, {});
}

} // namespace g4rt
