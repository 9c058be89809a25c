//===- Progress.cpp - What a compilation is doing -------------------------===//

#include "tools/g4c/Progress.h"

#include <cstdio>
#include <unistd.h>

namespace g4 {

constexpr double kRedrawSeconds = 0.1, kSlowPhaseSeconds = 1.0;
constexpr int kBarWidth = 30;

Progress::Progress(const std::string &mode)
    : style_(mode == "none"            ? Style::None
             : mode == "json"          ? Style::Json
             : ::isatty(STDERR_FILENO) ? Style::Bars
                                       : Style::Lines),
      start_(Clock::now()) {}

double Progress::secondsSince(Clock::time_point start) const {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void Progress::update(Phase phase, uint64_t done, uint64_t total) {
  if (total == 0) {
    endPhase();
    phase_ = phase;
    phaseStart_ = lastDrawn_ = Clock::now();
    if (style_ == Style::Bars)
      std::fprintf(stderr, "\r\033[K%-9s", nameOf(phase).data());
    return;
  }
  if (secondsSince(lastDrawn_) < kRedrawSeconds && done < total)
    return;
  lastDrawn_ = Clock::now();
  if (style_ == Style::Bars)
    drawBar(done, total);
  else if (style_ == Style::Json)
    std::fprintf(stderr, "{\"phase\":\"%s\",\"done\":%llu,\"total\":%llu}\n",
                 nameOf(phase).data(), static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(total));
}

void Progress::drawBar(uint64_t done, uint64_t total) {
  int filled = static_cast<int>(kBarWidth * done / total);
  double seconds = secondsSince(phaseStart_);
  double rate = seconds > 0 ? done / seconds : 0;
  std::fprintf(stderr, "\r\033[K%-9s [%.*s%*s] %5.1f%%  %.1f MB/s",
               nameOf(*phase_).data(), filled,
               "==============================", kBarWidth - filled, "",
               100.0 * done / total, rate / 1e6);
  if (rate > 0 && done < total)
    std::fprintf(stderr, "  %.0f s left", (total - done) / rate);
}

void Progress::endPhase() {
  if (!phase_)
    return;
  double seconds = secondsSince(phaseStart_);
  if (style_ == Style::Json)
    std::fprintf(stderr, "{\"phase\":\"%s\",\"seconds\":%.3f}\n",
                 nameOf(*phase_).data(), seconds);
  else if (style_ == Style::Bars)
    std::fprintf(stderr, "\r\033[K%-9s %6.2f s\n", nameOf(*phase_).data(),
                 seconds);
  else if (style_ == Style::Lines && seconds >= kSlowPhaseSeconds)
    std::fprintf(stderr, "g4c: %s took %.1f s\n", nameOf(*phase_).data(),
                 seconds);
  phase_.reset();
}

void Progress::finish(bool succeeded) {
  if (succeeded) {
    endPhase();
  } else if (style_ == Style::Bars) {
    std::fprintf(stderr, "\r\033[K");
  }
  if (style_ == Style::Json)
    std::fprintf(stderr, "{\"done\":%s,\"seconds\":%.3f}\n",
                 succeeded ? "true" : "false", secondsSince(start_));
}

} // namespace g4
