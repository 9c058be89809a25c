//===- RowRunner.h - What a model says at each position of a text ---------===//

#ifndef G4_RUNTIME_EVALUATE_ROWRUNNER_H
#define G4_RUNTIME_EVALUATE_ROWRUNNER_H

#include "runtime/engine/LoadedModel.h"
#include "runtime/scheduler/FixedTables.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// Rows of a step. Two models that are compared take the same ones.
inline constexpr int64_t kEvaluationChunk = 64;

/// The experts that the rows of a step were sent to, by layer.
struct ExpertChoices {
  struct Layer {
    int64_t topK = 0;
    std::vector<int32_t> experts; // [rows, topK]
  };
  /// "layers.3": of the layers with experts.
  std::map<std::string, Layer, std::less<>> layers;

  /// Whether some layer that both have sends `row` to another set of experts.
  bool differ(const ExpertChoices &other, int64_t row) const;
};

/// A model on this machine's CPU that reads one sequence after the other.
class RowRunner {
public:
  /// `maxLength` is that of the longest sequence.
  /// Errors: those of LoadedModel::load.
  static Result<RowRunner> load(ArtifactFile file, int64_t maxLength,
                                int numThreads);

  /// Ids [first, first + count) of a sequence whose ids before were given by
  /// the calls before; `count` is kEvaluationChunk at most. The logits, f32
  /// [count, vocabulary], are valid until the next call, as are experts().
  /// Errors: those of Executor::run.
  Result<std::span<const float>> run(std::span<const int32_t> ids,
                                     int64_t first, int64_t count);
  /// The same for who wants experts and taps alone: the head is not computed.
  Status runWithoutLogits(std::span<const int32_t> ids, int64_t first,
                          int64_t count);
  const ExpertChoices &experts() const { return taps_->experts; }

  /// Called with every other tapped value of later steps; null ends it.
  void setTapSink(TapSink sink) { taps_->others = std::move(sink); }

  LoadedModel &model() { return *model_; }
  int64_t vocabSize() { return model_->executor().limits().vocabSize; }

private:
  explicit RowRunner(std::unique_ptr<LoadedModel> model);

  std::unique_ptr<LoadedModel> model_;
  FixedTables tables_;
  struct Taps {
    ExpertChoices experts;
    TapSink others;
  };
  std::unique_ptr<Taps> taps_; // where the executor's sink finds it
};

} // namespace g4rt

#endif // G4_RUNTIME_EVALUATE_ROWRUNNER_H
