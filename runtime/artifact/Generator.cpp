//===- Generator.cpp - How synthetic weights are made at load -------------===//

#include "runtime/artifact/Generator.h"

#include "runtime/artifact/ElementSize.h"
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

static artifact::PackedMatrix matrixOf(const artifact::Weight &weight) {
  MatrixShape shape = MatrixShape::of(weight);
  return *artifact::findPacking(numberTypeOf(weight.dtype()),
                                weight.packing()->string_view(), shape.rows,
                                shape.cols);
}

int64_t panelElements(const artifact::Weight &weight) {
  artifact::PackedMatrix matrix = matrixOf(weight);
  int64_t bytes = matrix.format->isPlain() ? matrix.format->bits / 8 : 4;
  return matrix.panelBytes() / bytes;
}

int64_t panelRows(const artifact::Weight &weight) {
  return matrixOf(weight).packing->rows;
}

GeneratorCall GeneratorCall::of(const artifact::Weight &weight) {
  const artifact::Synthetic &synthetic = *weight.synthetic();
  MatrixShape shape = MatrixShape::of(weight);
  artifact::PackedMatrix matrix = matrixOf(weight);
  int64_t segments = synthetic.segments();
  int64_t sourceRows = synthetic.source_rows()
                           ? static_cast<int64_t>(synthetic.source_rows())
                           : shape.rows;
  int64_t panelsPerSegment =
      matrix.paddedRows() / segments / matrix.packing->rows;
  artifact::SyntheticValues values{synthetic.seed(), synthetic.center(),
                                   synthetic.half_width()};
  GeneratorCall call;
  call.numPanels =
      static_cast<uint64_t>(shape.matrices * segments * panelsPerSegment);
  call.numbers = {values.seed & 0xffffffff,
                  values.seed >> 32,
                  std::bit_cast<uint32_t>(values.center),
                  matrix.format->isPlain()
                      ? std::bit_cast<uint32_t>(values.step())
                      : values.scaleBits(*matrix.format),
                  static_cast<uint64_t>(shape.cols),
                  static_cast<uint64_t>(panelElements(weight)),
                  static_cast<uint64_t>(panelsPerSegment),
                  static_cast<uint64_t>(sourceRows / segments)};
  return call;
}

} // namespace g4rt
