//===- RowRunner.cpp - What a model says at each position of a text -------===//

#include "runtime/evaluate/RowRunner.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>

namespace g4rt {

static std::set<int32_t> setOf(const ExpertChoices::Layer &layer, int64_t row) {
  auto begin = layer.experts.begin() + row * layer.topK;
  return {begin, begin + layer.topK};
}

bool ExpertChoices::differ(const ExpertChoices &other, int64_t row) const {
  return std::any_of(layers.begin(), layers.end(), [&](const auto &entry) {
    auto theirs = other.layers.find(entry.first);
    return theirs != other.layers.end() &&
           setOf(entry.second, row) != setOf(theirs->second, row);
  });
}

/// Whether the value is a layer's choice.
static bool record(const TapValue &tap, ExpertChoices &choices) {
  constexpr std::string_view kEnd = ".router.experts";
  if (!tap.name.ends_with(kEnd) || tap.dtype != artifact::DType::i32)
    return false;
  std::string_view name = tap.name.substr(0, tap.name.size() - kEnd.size());
  ExpertChoices::Layer &layer = choices.layers[std::string(name)];
  layer.topK = tap.cols;
  layer.experts.resize(static_cast<size_t>(tap.rows * tap.cols));
  std::memcpy(layer.experts.data(), tap.bytes.data(),
              layer.experts.size() * sizeof(int32_t));
  return true;
}

RowRunner::RowRunner(std::unique_ptr<LoadedModel> model)
    : model_(std::move(model)), tables_(model_->executor().limits()),
      taps_(std::make_unique<Taps>()) {
  model_->executor().setTapSink([taps = taps_.get()](const TapValue &tap) {
    if (!record(tap, taps->experts) && taps->others)
      taps->others(tap);
  });
}

Result<RowRunner> RowRunner::load(ArtifactFile file, int64_t maxLength,
                                  int numThreads) {
  LoadOptions options{.device = {.kind = artifact::DeviceKind::cpu},
                      .numThreads = numThreads,
                      .executor = {.maxSequences = 1,
                                   .maxModelLength = maxLength,
                                   .maxStepTokens = kEvaluationChunk,
                                   .maxChunkTokens = kEvaluationChunk,
                                   .maxStepOutputs = kEvaluationChunk},
                      // A file that is still being written has no canary yet,
                      // and who wants to compare checksums has `g4c verify`.
                      .verify = DataVerification::Never};
  G4RT_ASSIGN(auto model, LoadedModel::load(std::move(file), options));
  return RowRunner(std::move(model));
}

static StepPlan planOf(std::span<const int32_t> ids, int64_t first,
                       int64_t count) {
  StepPlan plan;
  for (int64_t i = first; i < first + count; ++i)
    plan.addRow(ids[static_cast<size_t>(i)], i, /*slot=*/0);
  return plan;
}

Result<std::span<const float>> RowRunner::run(std::span<const int32_t> ids,
                                              int64_t first, int64_t count) {
  StepPlan plan = planOf(ids, first, count);
  plan.outputRows.resize(static_cast<size_t>(count));
  std::iota(plan.outputRows.begin(), plan.outputRows.end(), 0);
  tables_.useIn(plan);
  return model_->executor().run(plan);
}

Status RowRunner::runWithoutLogits(std::span<const int32_t> ids, int64_t first,
                                   int64_t count) {
  StepPlan plan = planOf(ids, first, count);
  tables_.useIn(plan);
  auto none = model_->executor().run(plan);
  return none ? Status() : std::move(none).error();
}

} // namespace g4rt
