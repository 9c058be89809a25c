//===- ExpertCounter.cpp - Which experts the rows go to -------------------===//

#include "runtime/exec/ExpertCounter.h"

#include <algorithm>
#include <string>

namespace g4rt {

/// Of a model whose weights of experts are [E, N, K]; 0: it has none.
static size_t numExpertsOf(const artifact::Artifact &root) {
  for (const artifact::Weight *weight : *root.weights())
    if (weight->shape()->size() == 3)
      return weight->shape()->Get(0);
  return 0;
}

/// "layers.3" of a layer's choices; empty for all other taps.
static std::string_view layerName(const artifact::Tap &tap,
                                  const artifact::Program &program) {
  constexpr std::string_view kEnd = ".router.experts";
  std::string_view name = tap.name()->string_view();
  if (!name.ends_with(kEnd) ||
      program.buffers()->Get(tap.buffer())->dtype() != artifact::DType::i32)
    return {};
  return name.substr(0, name.size() - kEnd.size());
}

size_t ExpertCounter::layerOf(std::string_view name, size_t numExperts) {
  auto found = std::ranges::find(loads_, name, &ExpertLoad::layer);
  if (found == loads_.end())
    found = loads_.insert(found, {.layer = std::string(name),
                                  .rows = std::vector<uint64_t>(numExperts)});
  return static_cast<size_t>(found - loads_.begin());
}

ExpertCounter::ExpertCounter(const artifact::Artifact &root,
                             const artifact::Program &program) {
  size_t numExperts = numExpertsOf(root);
  isChosen_.resize(numExperts);
  for (const artifact::Bucket *bucket : *program.buckets()) {
    auto &choiceOf = choiceOf_.emplace_back(bucket->launches()->size(), -1);
    for (const artifact::Tap *tap : *bucket->taps()) {
      std::string_view layer = layerName(*tap, program);
      if (layer.empty() || numExperts == 0)
        continue;
      choiceOf[tap->launch()] = static_cast<int32_t>(choices_.size());
      choices_.push_back({.layer = layerOf(layer, numExperts),
                          .buffer = program.buffers()->Get(tap->buffer())});
    }
  }
}

uint64_t ExpertCounter::maxCols() const {
  uint64_t cols = 0;
  for (const Choice &choice : choices_)
    cols = std::max<uint64_t>(cols, choice.buffer->cols());
  return cols;
}

void ExpertCounter::count(size_t layer, std::span<const int32_t> experts) {
  std::vector<uint64_t> &rows = loads_[layer].rows;
  std::fill(isChosen_.begin(), isChosen_.end(), false);
  for (int32_t expert : experts) {
    auto index = static_cast<size_t>(expert);
    if (index >= rows.size())
      continue;
    ++rows[index];
    numDistinct_ += !isChosen_[index];
    isChosen_[index] = true;
  }
  ++numCounts_;
}

std::optional<double> ExpertCounter::distinctOfStep() const {
  if (numCounts_ == 0)
    return std::nullopt;
  return static_cast<double>(numDistinct_) / static_cast<double>(numCounts_);
}

} // namespace g4rt
