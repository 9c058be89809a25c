//===- ModelRunner.h - Step a compiled model in tests -----------*- C++ -*-===//
//
// Feeds sequences of ids to a ProgramExecutor in any order and any chunks, and
// gives the logits of every row. The artifacts are made by the ctest fixture
// `artifacts`.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_SUPPORT_MODELRUNNER_H
#define G4_TEST_SUPPORT_MODELRUNNER_H

#include "runtime/exec/ProgramExecutor.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace g4rt {

/// The file that the fixture makes of a model: artifactPath("moe26b", "f32").
std::string artifactPath(const std::string &model, const std::string &weights);

struct RunnerOptions {
  /// A variant by its name; where empty, the one that the machine takes.
  std::string target = {};
  int threads = 1;
  int64_t maxSequences = 1;
  int64_t maxModelLength = 512;
  int64_t maxStepTokens = 64;
  int64_t maxChunkTokens = 0; // of one sequence; 0: all of them
  /// Fill caches and buffers with NaN before the first step.
  bool poisoned = false;
};

/// Consecutive rows of a step, of one sequence: its ids [first, first + count).
struct Rows {
  int32_t slot = 0;
  int64_t first = 0;
  int64_t count = 0;
};

class ModelRunner {
public:
  /// Errors: NotFound also if the machine cannot run `target`.
  static Result<std::unique_ptr<ModelRunner>>
  open(const std::string &path, const RunnerOptions &options);

  int64_t vocabSize() const { return executor_->limits().vocabSize; }
  std::string target() const { return variant_->target()->str(); }

  /// What steps take as the sequence of this slot.
  void setSequence(int32_t slot, std::vector<int32_t> ids);

  /// One step; logits of all its rows, [rows, vocabSize].
  Result<std::vector<float>> step(const std::vector<Rows> &rows);

  /// The whole sequence `ids` in slot 0, in steps of `chunk` rows; logits of
  /// all its rows.
  Result<std::vector<float>> run(const std::vector<int32_t> &ids,
                                 int64_t chunk);

  /// `count` greedy tokens after `prompt`, in slot 0.
  Result<std::vector<int32_t>> greedy(std::vector<int32_t> prompt,
                                      int64_t chunk, int count);

  /// Appends each tapped value of later steps to taps(), row after row.
  void recordTaps();
  struct Tap {
    int64_t cols = 0;
    std::vector<float> floats;
    std::vector<int32_t> ints;
  };
  std::map<std::string, Tap> &taps() { return taps_; }

  ProgramExecutor &executor() { return *executor_; }

private:
  explicit ModelRunner(ArtifactFile file) : file_(std::move(file)) {}
  Status create(const RunnerOptions &options);
  Result<const artifact::Variant *> findVariant(const std::string &target);

  ArtifactFile file_;
  std::unique_ptr<Device> device_;
  const artifact::Variant *variant_ = nullptr;
  std::unique_ptr<ProgramExecutor> executor_;
  std::vector<std::vector<int32_t>> sequences_;
  std::vector<int32_t> pageTable_, windowTable_;
  std::map<std::string, Tap> taps_;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_MODELRUNNER_H
