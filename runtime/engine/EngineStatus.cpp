//===- EngineStatus.cpp - What the engine counts --------------------------===//

#include "runtime/engine/EngineStatus.h"

#include <algorithm>
#include <numeric>

namespace g4rt {

std::string_view toString(EnginePhase phase) {
  switch (phase) {
  case EnginePhase::Loading:
    return "loading";
  case EnginePhase::Serving:
    return "serving";
  case EnginePhase::Restarting:
    return "restarting";
  case EnginePhase::Failed:
    return "failed";
  }
  return "";
}

void LatencyHistogram::observe(double seconds) {
  auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts[bound - kBounds.begin()];
  sumSeconds += seconds;
}

uint64_t LatencyHistogram::numObservations() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

void LatencyHistogram::add(const LatencyHistogram &other) {
  for (size_t i = 0; i < counts.size(); ++i)
    counts[i] += other.counts[i];
  sumSeconds += other.sumSeconds;
}

void addCounters(EngineStatus &total, const EngineStatus &part) {
  total.numRestarts += part.numRestarts;
  total.numSteps += part.numSteps;
  total.numPromptTokens += part.numPromptTokens;
  total.numTakenPromptTokens += part.numTakenPromptTokens;
  total.numAnswerTokens += part.numAnswerTokens;
  total.numPreemptions += part.numPreemptions;
  total.numPrefixQueries += part.numPrefixQueries;
  total.numPrefixHits += part.numPrefixHits;
  total.numPrefixEvictions += part.numPrefixEvictions;
  total.numRestoredTokens += part.numRestoredTokens;
  total.numRefusedSessions += part.numRefusedSessions;
  total.numSessionWriteErrors += part.numSessionWriteErrors;
  total.numFinishedStop += part.numFinishedStop;
  total.numFinishedLength += part.numFinishedLength;
  total.numCancelled += part.numCancelled;
  total.numFailed += part.numFailed;
  total.numRefused += part.numRefused;
  total.numCutCalls += part.numCutCalls;
  total.numUnreadableCalls += part.numUnreadableCalls;
  total.stepSeconds += part.stepSeconds;
  total.readBytes += part.readBytes;
  total.viewSeconds += part.viewSeconds;
  total.timeToFirstToken.add(part.timeToFirstToken);
  total.interTokenLatency.add(part.interTokenLatency);
  total.requestLatency.add(part.requestLatency);
  total.queueTime.add(part.queueTime);
  total.prefillTime.add(part.prefillTime);
  total.decodeTime.add(part.decodeTime);
}

} // namespace g4rt
