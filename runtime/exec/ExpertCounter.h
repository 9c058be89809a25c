//===- ExpertCounter.h - Which experts the rows go to -----------*- C++ -*-===//
//
// Counts, while a model serves, how many rows each layer sends to each of its
// experts. The choices are a tap of the program, "layers.3.router.experts", i32
// [rows, topK], in a buffer that later layers use for other things, so the host
// reads them between two launches. On a CPU that is free. A graph of a GPU does
// not stop in between: there one step of many runs without it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_EXPERTCOUNTER_H
#define G4_RUNTIME_EXEC_EXPERTCOUNTER_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/exec/ExpertLoad.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Not thread-safe.
class ExpertCounter {
public:
  /// `program` belongs to `root`, has been checked, and outlives this.
  ExpertCounter(const artifact::Artifact &root,
                const artifact::Program &program);

  /// A buffer that has a layer's choices after some launch.
  struct Choice {
    size_t layer = 0; // in loads()
    const artifact::Buffer *buffer = nullptr;
  };
  /// Numbers a row of the widest of them; 0: there are none.
  uint64_t maxCols() const;
  /// Those that launch `launch` of bucket `bucket` leaves; null: none.
  const Choice *choiceAfter(size_t bucket, size_t launch) const {
    int32_t index = choiceOf_[bucket][launch];
    return index < 0 ? nullptr : &choices_[static_cast<size_t>(index)];
  }

  /// Forgets what distinctOfStep() knows.
  void beginStep() { numDistinct_ = numCounts_ = 0; }
  /// `experts` are the choices of a step's rows. A number that is no expert's
  /// is left out.
  void count(size_t layer, std::span<const int32_t> experts);
  /// Experts of a layer that were chosen since beginStep(), the mean of the
  /// layers that were counted; none: no layer was.
  std::optional<double> distinctOfStep() const;

  /// Of the layers with experts, in the order of the program; since it was
  /// made.
  std::span<const ExpertLoad> loads() const { return loads_; }

private:
  size_t layerOf(std::string_view name, size_t numExperts);

  std::vector<ExpertLoad> loads_;
  std::vector<Choice> choices_;
  std::vector<std::vector<int32_t>> choiceOf_; // [bucket][launch]; -1: none
  std::vector<bool> isChosen_;                 // by expert, in count()
  uint64_t numDistinct_ = 0, numCounts_ = 0;   // of the step
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_EXPERTCOUNTER_H
