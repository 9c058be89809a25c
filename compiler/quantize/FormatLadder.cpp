//===- FormatLadder.cpp - Formats for a budget ----------------------------===//

#include "compiler/quantize/FormatLadder.h"

#include <algorithm>
#include <tuple>

namespace g4 {

/// Of options by their bytes those that are worth them: each loses less than
/// the one before, and no two of them mixed would be better than one between.
static std::vector<const FormatOption *>
hullOf(const std::vector<FormatOption> &options) {
  std::vector<const FormatOption *> sorted;
  for (const FormatOption &option : options)
    sorted.push_back(&option);
  std::ranges::sort(sorted, {}, [](const FormatOption *option) {
    return std::tuple(option->bytes, option->loss, option);
  });
  auto gain = [](const FormatOption *from, const FormatOption *to) {
    return (from->loss - to->loss) /
           static_cast<double>(to->bytes - from->bytes);
  };
  std::vector<const FormatOption *> hull;
  for (const FormatOption *next : sorted) {
    if (!hull.empty() &&
        (next->bytes == hull.back()->bytes || next->loss >= hull.back()->loss))
      continue;
    while (hull.size() > 1 &&
           gain(hull.back(), next) >= gain(hull[hull.size() - 2], hull.back()))
      hull.pop_back();
    hull.push_back(next);
  }
  return hull;
}

FormatLadder::FormatLadder(std::vector<FormatUnit> units)
    : units_(std::move(units)) {
  for (size_t unit = 0; unit < units_.size(); ++unit) {
    auto hull = hullOf(units_[unit].options);
    foot_.push_back(hull.front());
    for (size_t i = 1; i < hull.size(); ++i)
      rungs_.push_back({unit, hull[i - 1], hull[i]});
  }
  // Rungs of one part stay in order: each gains less than the one before.
  std::ranges::sort(rungs_, {}, [](const Rung &rung) {
    return std::tuple(-rung.lossPerByte(), rung.unit);
  });
}

std::vector<const FormatOption *> FormatLadder::choiceAt(size_t height) const {
  std::vector<const FormatOption *> choice = foot_;
  for (size_t i = 0; i < height; ++i)
    choice[rungs_[i].unit] = rungs_[i].to;
  return choice;
}

uint64_t FormatLadder::bytesAt(size_t height) const {
  uint64_t bytes = 0;
  for (const FormatOption *option : choiceAt(height))
    bytes += option->bytes;
  return bytes;
}

double FormatLadder::lossAt(size_t height) const {
  double loss = 0;
  for (const FormatOption *option : choiceAt(height))
    loss += option->loss;
  return loss;
}

} // namespace g4
