//===- Generator.cpp - How synthetic weights are made at load -------------===//

#include "runtime/artifact/Generator.h"

#include "runtime/artifact/PackedInt4.h"
#include "runtime/artifact/Packing.h"
#include "runtime/artifact/Synthetic.h"

#include <algorithm>
#include <bit>

namespace g4rt {

MatrixShape MatrixShape::of(const artifact::Weight &weight) {
  const auto &shape = *weight.shape();
  uint32_t rank = shape.size();
  return {.matrices = rank == 3 ? shape.Get(0) : 1,
          .rows = rank == 1 ? 1 : shape.Get(rank - 2),
          .cols = shape.Get(rank - 1)};
}

std::vector<bool> usedWeights(const artifact::Artifact &root,
                              const artifact::Program &program) {
  std::vector<bool> used(root.weights()->size());
  for (const artifact::Bucket *bucket : *program.buckets())
    for (const artifact::Launch *launch : *bucket->launches())
      for (const artifact::Arg *arg : *launch->args())
        if (arg->kind() == artifact::ArgKind::weight)
          used[arg->index()] = true;
  return used;
}

const artifact::Generator *findGenerator(const artifact::Variant &variant,
                                         const artifact::Weight &weight) {
  if (!variant.generators())
    return nullptr;
  for (const artifact::Generator *generator : *variant.generators())
    if (generator->dtype() == weight.dtype() &&
        generator->packing()->string_view() == weight.packing()->string_view())
      return generator;
  return nullptr;
}

namespace {
/// Stored rows of a matrix, of a panel, and elements (of i4 words) of a panel.
struct Panels {
  int64_t paddedRows, rows, elements;
};
} // namespace

static Panels panelsOf(const artifact::Weight &weight) {
  MatrixShape shape = MatrixShape::of(weight);
  if (weight.dtype() == artifact::DType::i4) {
    artifact::PackedInt4 matrix{shape.rows, shape.cols,
                                artifact::Int4Order::Panel};
    return {matrix.paddedRows(), artifact::kInt4UnitRows,
            matrix.panelBytes() / 4};
  }
  auto matrix = artifact::findPacking(weight.packing()->string_view(),
                                      shape.rows, shape.cols);
  int64_t rows = std::max<int64_t>(1, matrix->panel);
  return {matrix->paddedRows(), rows, rows * matrix->paddedCols()};
}

int64_t panelElements(const artifact::Weight &weight) {
  return panelsOf(weight).elements;
}

int64_t panelRows(const artifact::Weight &weight) {
  return panelsOf(weight).rows;
}

GeneratorCall GeneratorCall::of(const artifact::Weight &weight) {
  const artifact::Synthetic &synthetic = *weight.synthetic();
  MatrixShape shape = MatrixShape::of(weight);
  Panels panels = panelsOf(weight);
  int64_t segments = synthetic.segments();
  int64_t sourceRows = synthetic.source_rows()
                           ? static_cast<int64_t>(synthetic.source_rows())
                           : shape.rows;
  int64_t panelsPerSegment = panels.paddedRows / segments / panels.rows;
  artifact::SyntheticValues values{synthetic.seed(), synthetic.center(),
                                   synthetic.half_width()};
  bool isInt4 = weight.dtype() == artifact::DType::i4;
  GeneratorCall call;
  call.numPanels =
      static_cast<uint64_t>(shape.matrices * segments * panelsPerSegment);
  call.numbers = {values.seed & 0xffffffff,
                  values.seed >> 32,
                  std::bit_cast<uint32_t>(values.center),
                  isInt4 ? values.int4ScaleSize()
                         : std::bit_cast<uint32_t>(values.step()),
                  static_cast<uint64_t>(shape.cols),
                  static_cast<uint64_t>(panels.elements),
                  static_cast<uint64_t>(panelsPerSegment),
                  static_cast<uint64_t>(sourceRows / segments)};
  return call;
}

} // namespace g4rt
