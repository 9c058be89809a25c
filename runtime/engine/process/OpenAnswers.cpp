//===- OpenAnswers.cpp - Who waits for a process's events -----------------===//

#include "runtime/engine/process/OpenAnswers.h"

#include <iterator>
#include <utility>

namespace g4rt {

static GenerationEnd failure(const Status &error) {
  return {.reason = FinishReason::Failed, .error = error};
}

void OpenAnswers::add(SubmitMessage request, GenerationSink sink) {
  GenerationId id = request.id;
  int64_t numTokens = std::ssize(request.request.promptIds);
  auto added = answers_.emplace(
      id,
      Answer{.sink = std::make_shared<const GenerationSink>(std::move(sink)),
             .request = std::move(request),
             .numPromptTokens = numTokens});
  setWaiting(added.first->second, true);
}

void OpenAnswers::setWaiting(Answer &answer, bool isWaiting) {
  if (std::exchange(answer.isWaiting, isWaiting) == isWaiting)
    return;
  numWaiting_ += isWaiting ? 1 : -1;
  numWaitingTokens_ +=
      isWaiting ? answer.numPromptTokens : -answer.numPromptTokens;
}

void OpenAnswers::erase(Answers::iterator answer) {
  setWaiting(answer->second, false);
  answers_.erase(answer);
}

void OpenAnswers::spend(GenerationId id) {
  if (auto answer = answers_.find(id); answer != answers_.end())
    answer->second.request.reset();
}

void OpenAnswers::spendAll() {
  for (auto &[id, answer] : answers_)
    answer.request.reset();
}

void OpenAnswers::note(const StepMessage &message) {
  while (lastTaken_ < message.lastTaken) {
    auto next = answers_.upper_bound(lastTaken_);
    if (next == answers_.end() || next->first > message.lastTaken)
      break;
    next->second.isSuspect = false;
    lastTaken_ = next->first;
  }
  for (GenerationId id : message.started)
    if (auto answer = answers_.find(id); answer != answers_.end()) {
      answer->second.isSuspect = true;
      setWaiting(answer->second, false);
    }
}

std::vector<Delivery> OpenAnswers::take(StepMessage message) {
  note(message);
  bool isLost = message.status.phase == EnginePhase::Failed;
  std::vector<Delivery> deliveries;
  for (AnswerEvent &event : message.events) {
    auto entry = answers_.find(event.id);
    if (entry == answers_.end())
      continue;
    Answer &answer = entry->second;
    bool isLast = event.event.end.has_value();
    if (isLost && isLast && answer.request)
      continue; // failBegun() decides
    answer.request.reset();
    deliveries.push_back({answer.sink, std::move(event.event)});
    if (isLast)
      erase(entry);
  }
  return deliveries;
}

Delivery OpenAnswers::endOf(Answers::iterator answer,
                            const GenerationEnd &end) {
  GenerationEvent last;
  last.end = end;
  Delivery delivery{std::move(answer->second.sink), std::move(last)};
  erase(answer);
  return delivery;
}

std::vector<Delivery> OpenAnswers::end(GenerationId id,
                                       const GenerationEnd &end) {
  std::vector<Delivery> deliveries;
  if (auto answer = answers_.find(id); answer != answers_.end())
    deliveries.push_back(endOf(answer, end));
  return deliveries;
}

std::vector<Delivery> OpenAnswers::failBegun(const Status &error) {
  lastTaken_ = {};
  std::vector<Delivery> deliveries;
  for (auto next = answers_.begin(); next != answers_.end();) {
    auto entry = next++;
    Answer &answer = entry->second;
    answer.numTries += std::exchange(answer.isSuspect, true);
    if (!answer.request || answer.numTries >= kMaxTries)
      deliveries.push_back(endOf(entry, failure(error)));
    else
      setWaiting(answer, true); // for the next engine
  }
  return deliveries;
}

std::vector<Delivery> OpenAnswers::failAll(const Status &error) {
  std::vector<Delivery> deliveries;
  while (!answers_.empty())
    deliveries.push_back(endOf(answers_.begin(), failure(error)));
  return deliveries;
}

std::vector<SubmitMessage> OpenAnswers::fresh() const {
  std::vector<SubmitMessage> requests;
  for (const auto &[id, answer] : answers_)
    if (answer.request)
      requests.push_back(*answer.request);
  return requests;
}

} // namespace g4rt
