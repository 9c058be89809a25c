//===- Calibration.cpp - What a text does inside a model ------------------===//

#include "runtime/evaluate/Calibration.h"

#include "runtime/evaluate/InputMoments.h"
#include "runtime/evaluate/RowRunner.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace g4rt {

namespace {

class CalibrationRun {
public:
  CalibrationRun(RowRunner runner, const CalibrationOptions &options)
      : runner_(std::move(runner)), options_(options) {
    runner_.setTapSink([this](const TapValue &tap) { addInputs(tap); });
  }
  CalibrationRun(const CalibrationRun &) = delete;
  CalibrationRun &operator=(const CalibrationRun &) = delete;

  Status runSequence(std::span<const int32_t> ids);
  Calibration result();

private:
  void addInputs(const TapValue &tap);
  void addExperts(int64_t numRows);
  int64_t numExperts(const std::string &layer);

  RowRunner runner_;
  const CalibrationOptions &options_;
  Calibration result_;
  std::map<std::string, InputMoments> inputs_;
};

} // namespace

void CalibrationRun::addInputs(const TapValue &tap) {
  if (!tap.name.ends_with(kInputTap) || tap.dtype != artifact::DType::f32)
    return;
  std::string name(
      tap.name.substr(0, tap.name.size() - std::strlen(kInputTap)));
  int64_t channels = options_.channels ? options_.channels(name) : tap.cols;
  auto [entry, isNew] = inputs_.try_emplace(name, channels, options_.moments);
  std::vector<float> numbers(static_cast<size_t>(tap.rows * tap.cols));
  std::memcpy(numbers.data(), tap.bytes.data(), numbers.size() * sizeof(float));
  entry->second.add(numbers);
}

// The scales of the experts have one for each, whatever a text chooses.
int64_t CalibrationRun::numExperts(const std::string &layer) {
  std::string name = layer + ".router.per_expert_scale";
  for (const artifact::Weight *weight : *runner_.model().root().weights())
    if (weight->name()->string_view() == name)
      return weight->shape()->Get(0);
  return 0;
}

void CalibrationRun::addExperts(int64_t numRows) {
  for (const auto &[name, layer] : runner_.experts().layers) {
    ExpertPairs &pairs = result_.experts[name];
    if (pairs.numExperts == 0) {
      pairs.numExperts = numExperts(name);
      pairs.rows.resize(
          static_cast<size_t>(pairs.numExperts * pairs.numExperts));
    }
    for (int64_t row = 0; row < numRows; ++row) {
      auto begin = layer.experts.begin() + row * layer.topK;
      std::set<int32_t> chosen(begin, begin + layer.topK);
      for (int64_t i : chosen)
        for (int64_t j : chosen)
          if (i < pairs.numExperts && j < pairs.numExperts)
            ++pairs.rows[static_cast<size_t>(i * pairs.numExperts + j)];
    }
  }
}

Status CalibrationRun::runSequence(std::span<const int32_t> ids) {
  auto length = static_cast<int64_t>(ids.size());
  for (int64_t first = 0; first < length; first += kEvaluationChunk) {
    int64_t count = std::min(kEvaluationChunk, length - first);
    G4RT_TRY(runner_.runWithoutLogits(ids, first, count));
    addExperts(count);
  }
  result_.rows += length;
  return Status();
}

Calibration CalibrationRun::result() {
  for (const auto &[name, inputs] : inputs_) {
    result_.meanSquares[name] = inputs.meanSquares();
    if (options_.moments)
      result_.moments[name] = inputs.moments();
  }
  return std::move(result_);
}

Result<Calibration> calibrate(ArtifactFile file,
                              const CalibrationOptions &options) {
  G4RT_ASSIGN(ModelText tables, ModelText::create(file.root()));
  G4RT_ASSIGN(
      EvaluationText text,
      readEvaluationText(options.text, tables,
                         {.window = options.window,
                          .bosId = file.root().generation()->bos_id()}));
  int64_t total = 0, done = 0;
  for (const EvaluationSequence &sequence : text.sequences)
    total += static_cast<int64_t>(sequence.ids.size());
  G4RT_ASSIGN(RowRunner runner, RowRunner::load(std::move(file), text.longest(),
                                                options.numThreads));
  CalibrationRun run(std::move(runner), options);
  for (const EvaluationSequence &sequence : text.sequences) {
    G4RT_TRY(run.runSequence(sequence.ids));
    done += static_cast<int64_t>(sequence.ids.size());
    if (options.progress)
      options.progress(done, total);
  }
  Calibration result = run.result();
  result.textChecksum = text.checksum;
  return result;
}

} // namespace g4rt
