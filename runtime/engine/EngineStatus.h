//===- EngineStatus.h - What the engine counts ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_ENGINESTATUS_H
#define G4_RUNTIME_ENGINE_ENGINESTATUS_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace g4rt {

/// A histogram as Prometheus wants it. `counts[i]` are the observations up to
/// and including `kBounds[i]` seconds that are above the bound before; the last
/// one counts all that are longer.
struct LatencyHistogram {
  static constexpr std::array<double, 14> kBounds = {
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
      0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  std::array<uint64_t, kBounds.size() + 1> counts{};
  double sumSeconds = 0;

  void observe(double seconds);
  uint64_t numObservations() const;
  /// Adds the observations of another one.
  void add(const LatencyHistogram &other);
};

/// Whether requests are taken, and why not.
enum class EnginePhase : uint8_t {
  Loading,    // for the first time
  Serving,    // requests are taken
  Restarting, // its device or its process was lost; it comes back by itself
  Failed,     // and does not come back
};

/// "serving".
std::string_view toString(EnginePhase phase);

/// A moment of the engine, taken between two steps.
struct EngineStatus {
  // Now.
  int64_t numRunning = 0;
  int64_t numWaiting = 0;
  /// Prompt tokens of those that wait, as far as the server knows them.
  int64_t numWaitingTokens = 0;
  /// When the queue as it is will have been served, at the pace that was
  /// measured: for whom it has no place.
  int64_t drainSeconds = 1;
  /// Pages of global layers that sequences own, those that the prefix cache
  /// alone owns and gives up when they are needed, and all.
  int64_t numPagesUsed = 0;
  int64_t numPagesCached = 0;
  int64_t numPages = 0;
  int64_t pageSize = 0; // tokens of one
  /// The same of window layers.
  int64_t numWindowPagesUsed = 0;
  int64_t numWindowPagesCached = 0;
  int64_t numWindowPages = 0;
  int64_t numSlots = 0;
  /// Files of the prefix cache (SessionStore).
  int64_t numSessionFiles = 0;
  uint64_t sessionBytes = 0;
  bool isDraining = false;
  EnginePhase phase = EnginePhase::Serving;
  /// Share of the load that is done, 0 to 1, while loading or restarting.
  double loadProgress = 0;
  /// What was lost last and why; empty if nothing ever was.
  std::string lastError = {};
  int64_t processId = 0; // of the process that has the device; 0: this one
  /// How long that process has given no sign of life, and whether that is worth
  /// a word: it may hang, or be in a long step.
  double lastSignSeconds = 0;
  bool isDegraded = false;
  /// Bytes a second that the device's memory can give; 0: not known.
  double memoryBandwidth = 0;

  // Since start, over all restarts.
  uint64_t numRestarts = 0;
  uint64_t numSteps = 0;
  uint64_t numPromptTokens = 0; // computed by prefill
  /// Of answers that have a token, whether they were computed or in a cache.
  uint64_t numTakenPromptTokens = 0;
  uint64_t numAnswerTokens = 0; // chosen
  uint64_t numPreemptions = 0;
  // Prompt tokens of requests that began, those that the prefix cache had, and
  // snapshots that it has given up.
  uint64_t numPrefixQueries = 0;
  uint64_t numPrefixHits = 0;
  uint64_t numPrefixEvictions = 0;
  uint64_t numRestoredTokens = 0;     // that files had; also hits
  uint64_t numRefusedSessions = 0;    // files of others, damaged ones
  uint64_t numSessionWriteErrors = 0; // files that could not be written
  uint64_t numFinishedStop = 0;
  uint64_t numFinishedLength = 0;
  uint64_t numCancelled = 0;
  uint64_t numFailed = 0;
  uint64_t numRefused = 0; // by submit()
  // Tool calls that no client got: the answer ended within them, or what the
  // model wrote is none.
  uint64_t numCutCalls = 0;
  uint64_t numUnreadableCalls = 0;
  double stepSeconds = 0; // time in the executor
  double readBytes = 0;   // of memory, by these steps: Executor::readBytes()
  double viewSeconds = 0; // time for EngineViews: to make and to send them
  LatencyHistogram timeToFirstToken = {};
  LatencyHistogram interTokenLatency = {};
  LatencyHistogram requestLatency = {};
  // Of answers that ended by themselves: until their first row, from there to
  // the first token, and from there to the last one.
  LatencyHistogram queueTime = {};
  LatencyHistogram prefillTime = {};
  LatencyHistogram decodeTime = {};
};

/// Adds what `part` counted "since start" to `total`.
void addCounters(EngineStatus &total, const EngineStatus &part);

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_ENGINESTATUS_H
