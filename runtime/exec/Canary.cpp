//===- Canary.cpp - A known answer, compared before serving ---------------===//

#include "runtime/exec/Canary.h"

#include "runtime/scheduler/FixedTables.h"
#include "runtime/scheduler/StepPlan.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>

namespace g4rt {

constexpr const char *kLogits = "logits";

/// Whether a tap shows f32 with a row for each row of the step.
static bool isOfRows(const artifact::Program &program,
                     const artifact::Tap &tap) {
  const artifact::Buffer &buffer = *program.buffers()->Get(tap.buffer());
  const artifact::Extent &rows = *buffer.rows();
  return buffer.dtype() == artifact::DType::f32 &&
         rows.dim() == artifact::StepDim::tokens && rows.mul() == rows.div() &&
         rows.add() == 0;
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

static void sampleRow(std::span<const float> row, std::span<float> to) {
  size_t count = std::min(row.size(), to.size());
  for (size_t i = 0; i < count; ++i)
    to[i] = row[i * row.size() / count];
}

/// Rows [first, first + count) of the prompt, with the logits of the last one.
static StepPlan planOf(std::span<const int32_t> tokens, int64_t first,
                       int64_t count, const FixedTables &tables) {
  StepPlan plan;
  for (int64_t i = first; i < first + count; ++i)
    plan.addRow(tokens[i], i, /*slot=*/0);
  plan.addOutput();
  tables.useIn(plan);
  return plan;
}

namespace {

/// One pass over the prompt, in steps that the executor takes.
class CanaryRun {
public:
  CanaryRun(ProgramExecutor &executor, std::span<const int32_t> tokens)
      : executor_(executor), tokens_(tokens), tables_(executor.limits()) {}

  /// The logits after the last token.
  Result<std::vector<float>> logits() {
    int64_t step = executor_.limits().maxChunkTokens;
    int64_t total = static_cast<int64_t>(tokens_.size());
    std::vector<float> last;
    for (int64_t first = 0; first < total; first += step) {
      int64_t count = std::min(step, total - first);
      G4RT_ASSIGN(std::span<const float> logits,
                  executor_.run(planOf(tokens_, first, count, tables_)));
      last.assign(logits.begin(), logits.end());
    }
    return last;
  }

private:
  ProgramExecutor &executor_;
  std::span<const int32_t> tokens_;
  FixedTables tables_;
};

} // namespace

/// The last row of a tapped value.
static std::vector<float> lastRow(const TapValue &value) {
  std::vector<float> row(value.cols);
  std::memcpy(row.data(),
              value.bytes.data() +
                  (value.rows - 1) * value.cols * sizeof(float),
              row.size() * sizeof(float));
  return row;
}

Result<std::vector<float>> runCanary(ProgramExecutor &executor,
                                     std::span<const int32_t> tokens,
                                     std::span<const std::string> names) {
  std::map<std::string, std::vector<float>, std::less<>> rows;
  executor.setTapSink([&](const TapValue &value) {
    if (value.dtype == artifact::DType::f32 && value.rows > 0)
      rows.insert_or_assign(std::string(value.name), lastRow(value));
  });
  CanaryRun run(executor, tokens);
  auto watched = run.logits();
  executor.setTapSink(nullptr);
  if (!watched)
    return std::move(watched).error();
  G4RT_ASSIGN(std::vector<float> logits, run.logits());
  if (std::memcmp(logits.data(), watched->data(),
                  logits.size() * sizeof(float)) != 0)
    return Status(StatusCode::Internal,
                  "launches one by one and a whole step give different logits");
  rows[kLogits] = std::move(logits);
  std::vector<float> result(names.size() * kCanaryElements);
  for (size_t i = 0; i < names.size(); ++i) {
    auto it = rows.find(names[i]);
    if (it == rows.end())
      return Status(StatusCode::Internal, "the program has no " + names[i]);
    sampleRow(it->second,
              std::span(result).subspan(i * kCanaryElements, kCanaryElements));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The comparison
//===----------------------------------------------------------------------===//

/// |found - wanted| / |wanted|, Euclidean; NaN if a number is.
static double distance(std::span<const float> found,
                       std::span<const float> wanted) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    difference += std::pow(double{found[i]} - wanted[i], 2);
    size += std::pow(double{wanted[i]}, 2);
  }
  return std::sqrt(difference / std::max(size, 1e-30));
}

/// What makes a value: the kind of the attention that the launches before its
/// tap run, up to the tap before.
static std::string layerClass(const artifact::Program &program,
                              const std::string &name) {
  if (name == kLogits)
    return "the head";
  const artifact::Bucket &bucket = *program.buckets()->Get(0);
  uint32_t first = 0;
  for (const artifact::Tap *tap : *bucket.taps()) {
    if (tap->name()->string_view() != name) {
      if (isOfRows(program, *tap))
        first = tap->launch() + 1;
      continue;
    }
    for (uint32_t i = first; i <= tap->launch(); ++i)
      for (const artifact::Arg *arg : *bucket.launches()->Get(i)->args())
        if (arg->kind() == artifact::ArgKind::page_table)
          return arg->index() == uint32_t(artifact::PageTable::window)
                     ? "a layer with sliding attention"
                     : "a layer with global attention";
    return "the embedding";
  }
  return "a layer";
}

/// The floats of the canary's segment, which the loader has checked to be as
/// long as the names ask.
static std::vector<float> wantedValues(const ArtifactFile &file,
                                       const artifact::Canary &canary) {
  std::vector<float> values(canary.names()->size() * kCanaryElements);
  std::memcpy(values.data(), file.bytesOf(*canary.data()).data(),
              values.size() * sizeof(float));
  return values;
}

static Status compareCanary(const artifact::Canary &canary,
                            const artifact::Program &program,
                            std::span<const float> found,
                            std::span<const float> wanted) {
  for (size_t i = 0; i < canary.names()->size(); ++i) {
    auto part = [&](std::span<const float> all) {
      return all.subspan(i * kCanaryElements, kCanaryElements);
    };
    double error = distance(part(found), part(wanted));
    if (error <= canary.tolerance()) // false for NaN
      continue;
    std::string name = canary.names()->Get(i)->str();
    char numbers[64];
    std::snprintf(numbers, sizeof(numbers), "%.3g, at most %.3g is right",
                  error, canary.tolerance());
    return Status(StatusCode::Internal, name + ", from " +
                                            layerClass(program, name) +
                                            ", is off by " + numbers);
  }
  return Status();
}

Status checkCanary(const ArtifactFile &file, const artifact::Program &program,
                   ProgramExecutor &executor) {
  const artifact::Canary *canary = file.root().canary();
  if (!canary)
    return Status();
  std::vector<std::string> names;
  for (const auto *name : *canary->names())
    names.push_back(name->str());
  std::vector<int32_t> tokens(canary->token_ids()->begin(),
                              canary->token_ids()->end());
  auto found = runCanary(executor, tokens, names);
  if (!found)
    return std::move(found).error().during("canary");
  return compareCanary(*canary, program, *found, wantedValues(file, *canary))
      .during("canary: this device does not compute what the compiler did");
}

} // namespace g4rt
