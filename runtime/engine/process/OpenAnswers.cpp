//===- OpenAnswers.cpp - Who waits for a process's events -----------------===//

#include "runtime/engine/process/OpenAnswers.h"

#include <utility>

namespace g4rt {

void OpenAnswers::add(GenerationId id, GenerationSink sink) {
  sinks_.emplace(id, std::make_shared<const GenerationSink>(std::move(sink)));
}

std::vector<Delivery> OpenAnswers::take(std::vector<AnswerEvent> events) {
  std::vector<Delivery> deliveries;
  for (AnswerEvent &event : events) {
    auto entry = sinks_.find(event.id);
    if (entry == sinks_.end())
      continue;
    bool isLast = event.event.end.has_value();
    deliveries.push_back({entry->second, std::move(event.event)});
    if (isLast)
      sinks_.erase(entry);
  }
  return deliveries;
}

std::vector<Delivery> OpenAnswers::failAll(const Status &error) {
  GenerationEvent last;
  last.end = GenerationEnd{.reason = FinishReason::Failed, .error = error};
  std::vector<Delivery> deliveries;
  for (auto &[id, sink] : std::exchange(sinks_, {}))
    deliveries.push_back({std::move(sink), last});
  return deliveries;
}

} // namespace g4rt
