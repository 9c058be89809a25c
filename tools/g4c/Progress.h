//===- Progress.h - What a compilation is doing -----------------*- C++ -*-===//

#ifndef G4_TOOLS_G4C_PROGRESS_H
#define G4_TOOLS_G4C_PROGRESS_H

#include "compiler/pipeline/Phase.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace g4 {

/// Shows the phases on stderr, and of what writes many bytes how many, how fast
/// and for how long still: bars on a terminal, JSON lines where asked, else a
/// line for each phase that took a second or more and one every ten seconds.
class Progress {
public:
  /// `mode` is "auto", "json" or "none".
  explicit Progress(const std::string &mode);

  /// A phase begins (total 0), or `done` of `total` bytes of it are written.
  void update(Phase phase, uint64_t done, uint64_t total);
  void finish(bool succeeded);

private:
  using Clock = std::chrono::steady_clock;
  void endPhase();
  /// Whether the last time was long ago.
  bool isTime() const;
  std::string rateText(uint64_t done, uint64_t total) const;
  void showBytes(uint64_t done, uint64_t total) const;
  void drawBar(uint64_t done, uint64_t total) const;
  double secondsSince(Clock::time_point start) const;

  enum class Style { None, Lines, Bars, Json } style_;
  std::optional<Phase> phase_;
  Clock::time_point start_, phaseStart_, lastDrawn_;
};

} // namespace g4

#endif // G4_TOOLS_G4C_PROGRESS_H
