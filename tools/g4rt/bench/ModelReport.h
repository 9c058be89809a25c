//===- ModelReport.h - A model's benchmark in three forms -------*- C++ -*-===//
//
// Text for people, Markdown for notes, JSON for programs, with the keys of
// llama-bench's JSON where it has them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_BENCH_MODELREPORT_H
#define G4_TOOLS_G4RT_BENCH_MODELREPORT_H

#include "runtime/base/Json.h"
#include "tools/g4rt/bench/ModelTest.h"
#include "tools/g4rt/bench/Roofs.h"

#include <optional>
#include <string>
#include <vector>

namespace g4rt {

struct ModelReport {
  std::string version = {}; // of this program
  std::string model = {}, device = {}, target = {};
  int numThreads = 0;
  double weightBytes = 0;
  Roofs roofs = {}; // zeros: not measured, shares are left out

  struct Line {
    ModelTestResult result;
    std::optional<StepParts> parts;
  };
  std::vector<Line> lines = {};
};

std::string textOf(const ModelReport &report);
std::string markdownOf(const ModelReport &report);
json::object jsonOf(const ModelReport &report);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_MODELREPORT_H
