//===- Progress.cpp - What a compilation is doing -------------------------===//

#include "tools/g4c/Progress.h"

#include <cstdio>
#include <unistd.h>

namespace g4 {

constexpr double kRedrawSeconds = 0.1, kLineSeconds = 10.0,
                 kSlowPhaseSeconds = 1.0;
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
  if (!isTime() && done < total)
    return;
  lastDrawn_ = Clock::now();
  showBytes(done, total);
}

bool Progress::isTime() const {
  return secondsSince(lastDrawn_) >=
         (style_ == Style::Lines ? kLineSeconds : kRedrawSeconds);
}

void Progress::showBytes(uint64_t done, uint64_t total) const {
  bool isLong = secondsSince(phaseStart_) >= kLineSeconds;
  if (style_ == Style::Bars)
    drawBar(done, total);
  else if (style_ == Style::Json)
    std::fprintf(stderr, "{\"phase\":\"%s\",\"done\":%llu,\"total\":%llu}\n",
                 nameOf(*phase_).data(), static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(total));
  else if (style_ == Style::Lines && isLong)
    std::fprintf(stderr, "g4c: %s %s\n", nameOf(*phase_).data(),
                 rateText(done, total).c_str());
}

/// "1.25 of 14.10 GB, 812 MB/s, 16 s left".
std::string Progress::rateText(uint64_t done, uint64_t total) const {
  double seconds = secondsSince(phaseStart_);
  double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  char text[96];
  int length = std::snprintf(text, sizeof(text), "%.2f of %.2f GB, %.0f MB/s",
                             static_cast<double>(done) / 1e9,
                             static_cast<double>(total) / 1e9, rate / 1e6);
  if (rate > 0 && done < total)
    std::snprintf(text + length, sizeof(text) - length, ", %.0f s left",
                  static_cast<double>(total - done) / rate);
  return text;
}

void Progress::drawBar(uint64_t done, uint64_t total) const {
  int filled = static_cast<int>(kBarWidth * done / total);
  std::fprintf(stderr, "\r\033[K%-9s [%.*s%*s] %5.1f%%  %s",
               nameOf(*phase_).data(), filled,
               "==============================", kBarWidth - filled, "",
               100.0 * static_cast<double>(done) / static_cast<double>(total),
               rateText(done, total).c_str());
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
