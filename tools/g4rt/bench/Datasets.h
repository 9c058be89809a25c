//===- Datasets.h - What a serving benchmark asks ---------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_BENCH_DATASETS_H
#define G4_TOOLS_G4RT_BENCH_DATASETS_H

#include "runtime/base/Status.h"
#include "tools/g4rt/bench/RequestTiming.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

struct DatasetOptions {
  std::string name = "random"; // random, fixed, sharegpt, svg
  std::string path = {};       // of sharegpt
  std::string prompt = {};     // of fixed
  size_t numPrompts = 100;
  /// Words of a random prompt. Its tokens, which the server counts, are about
  /// as many.
  int64_t inputLength = 128;
  int64_t outputLength = 128; // tokens of an answer at most
  uint64_t seed = 0;
};

/// The requests of a dataset; one that has fewer begins again. Errors:
/// InvalidArgument; NotFound if a file is missing.
Result<std::vector<BenchRequest>> makeDataset(const DatasetOptions &options);

/// The first messages of people in a file as ShareGPT's:
/// [{"conversations": [{"from": "human", "value": "..."}, ...]}, ...].
Result<std::vector<std::string>> shareGptPrompts(std::string_view text);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_DATASETS_H
