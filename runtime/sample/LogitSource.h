//===- LogitSource.h - Logits that may lie on a device ----------*- C++ -*-===//
//
// A row of a quarter of a million logits is a megabyte. Where a device has it,
// the largest ones come to the host with every step, and the whole row only for
// a request that needs it: with penalties or a bias, for log-probabilities, or
// where top_k does not bound what may be drawn.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SAMPLE_LOGITSOURCE_H
#define G4_RUNTIME_SAMPLE_LOGITSOURCE_H

#include "runtime/base/Status.h"
#include "runtime/sample/LogitRow.h"
#include "runtime/sample/SamplingParams.h"
#include "runtime/sample/TokenMask.h"

#include <functional>
#include <span>
#include <vector>

namespace g4rt {

class LogitSource {
public:
  using Fetch = std::function<Result<std::span<const float>>()>;

  /// All logits are on the host.
  LogitSource(std::span<const float> logits)
      : fetch_([logits] { return logits; }) {}
  LogitSource(const std::vector<float> &logits)
      : LogitSource(std::span<const float>(logits)) {}
  /// `largest` are the largest logits, largest first, of equals the lowest id
  /// first, all of them finite; empty if they are not known. `fetch` gives the
  /// whole row.
  LogitSource(std::span<const Candidate> largest, Fetch fetch)
      : largest_(largest), fetch_(std::move(fetch)) {}

  /// The first of what largestLogits() would give for the adjusted row, of the
  /// tokens that `mask`, unless null, allows: one for a request without
  /// temperature, top_k of them else. Empty if only the whole row can tell.
  std::vector<Candidate> largestFor(const SamplingParams &params,
                                    const TokenMask *mask = nullptr) const;

  /// The whole row, f32 [vocabSize]. Errors: those of the device.
  Result<std::span<const float>> all() const { return fetch_(); }

private:
  std::span<const Candidate> largest_;
  Fetch fetch_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_LOGITSOURCE_H
