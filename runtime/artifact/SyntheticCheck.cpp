//===- SyntheticCheck.cpp - The meaning of synthetic weights' tables ------===//

#include "runtime/artifact/ArtifactCheck.h"
#include "runtime/artifact/Generator.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace g4rt {

static Status wrong(const std::string &what) {
  return Status(StatusCode::DataLoss, what);
}

// Larger ones would leave the range of activations.
constexpr float kMaxSynthetic = 1e6f;
// A kernel counts rows and the elements of a panel in 32 bits.
constexpr int64_t kMaxCount = int64_t{1} << 31;

static bool isSound(float value) {
  return std::isfinite(value) && std::abs(value) <= kMaxSynthetic;
}

Status checkSynthetic(const artifact::Weight &weight) {
  const artifact::Synthetic &synthetic = *weight.synthetic();
  if (weight.data()->offset() != 0 || weight.checksum() != 0)
    return wrong("is synthetic and has a place in the file");
  if (weight.dtype() == artifact::DType::i32 || !isSound(synthetic.center()) ||
      !isSound(synthetic.half_width()) || synthetic.half_width() < 0)
    return wrong("synthetic: dtype, center or half_width is out of range");
  MatrixShape shape = MatrixShape::of(weight);
  int64_t segments = synthetic.segments();
  if (segments == 0 || shape.rows % segments != 0 ||
      synthetic.source_rows() > static_cast<uint64_t>(shape.rows) ||
      synthetic.source_rows() % segments != 0)
    return wrong("synthetic: " + std::to_string(synthetic.source_rows()) +
                 " rows in " + std::to_string(segments) +
                 " segments do not "
                 "fit its shape");
  if (segments > 1 && shape.rows / segments % panelRows(weight) != 0)
    return wrong("synthetic: a segment ends inside a panel");
  if (shape.rows >= kMaxCount / shape.matrices ||
      panelElements(weight) >= kMaxCount)
    return wrong("synthetic: too many rows or columns");
  return Status();
}

static bool isGenerator(const artifact::Kernel &kernel) {
  const auto &params = *kernel.params();
  if (params.size() != 1 + kNumGeneratorNumbers ||
      params.Get(0) != artifact::ArgKind::weight)
    return false;
  return std::all_of(params.begin() + 1, params.end(), [](auto kind) {
    return kind == artifact::ArgKind::number;
  });
}

Status checkGenerators(const artifact::Artifact &root,
                       const artifact::Variant &variant) {
  const auto &kernels = *root.code()->Get(variant.code())->kernels();
  if (variant.generators())
    for (const artifact::Generator *generator : *variant.generators())
      if (generator->kernel() >= kernels.size() ||
          !isGenerator(*kernels.Get(generator->kernel())))
        return wrong("generator for " + generator->packing()->str() +
                     ": no such kernel, or one of other parameters");
  std::vector<bool> used = usedWeights(root, *variant.program());
  for (uint32_t i = 0; i < used.size(); ++i) {
    const artifact::Weight &weight = *root.weights()->Get(i);
    if (used[i] && weight.synthetic() && !findGenerator(variant, weight))
      return wrong("no generator for the synthetic weight " +
                   weight.name()->str());
  }
  return Status();
}

} // namespace g4rt
