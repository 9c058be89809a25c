//===- MatrixIntrinsic.cpp - Matrix instructions as data ------------------===//

#include "dialects/intrinsic/MatrixIntrinsic.h"

#include <utility>

namespace g4 {

MatrixPlace FragmentLayout::at(int64_t element, int64_t lane) const {
  MatrixPlace place;
  auto add = [&](const std::vector<MatrixPlace> &steps, int64_t number) {
    for (size_t bit = 0; bit < steps.size(); ++bit)
      if (number >> bit & 1) {
        place.row += steps[bit].row;
        place.col += steps[bit].col;
      }
  };
  add(elements, element);
  add(lanes, lane);
  return place;
}

FragmentLayout FragmentLayout::transposed() const {
  FragmentLayout result = *this;
  for (std::vector<MatrixPlace> *steps : {&result.elements, &result.lanes})
    for (MatrixPlace &step : *steps)
      std::swap(step.row, step.col);
  return result;
}

int64_t MatrixIntrinsic::depthLanes() const {
  int64_t lanes = 1;
  for (const MatrixPlace &step : a.lanes)
    if (step.col)
      lanes *= 2;
  return lanes;
}

FragmentLayout MatrixIntrinsic::weightSums() const {
  FragmentLayout sums = c.transposed();
  if (weightPanels() == 1)
    return sums;
  // Row 8 of the instruction is row 0 of the second panel.
  for (std::vector<MatrixPlace> *steps : {&sums.elements, &sums.lanes})
    for (MatrixPlace &step : *steps)
      if (step.col == 8)
        step.col = 16;
  sums.elements.push_back({0, 8});
  return sums;
}

std::span<const MatrixIntrinsic> matrixIntrinsics() {
  static const MatrixIntrinsic intrinsics[] = {
      {.name = kMma16x8x16,
       .llvmName = "llvm.nvvm.mma.m16n8k16.row.col.bf16",
       .takesBf16 = false,
       .rows = 16,
       .cols = 8,
       .depth = 16,
       .a = {{{0, 1}, {8, 0}, {0, 8}},
             {{0, 2}, {0, 4}, {1, 0}, {2, 0}, {4, 0}}},
       .b = {{{1, 0}, {8, 0}}, {{2, 0}, {4, 0}, {0, 1}, {0, 2}, {0, 4}}},
       .c = {{{0, 1}, {8, 0}}, {{0, 2}, {0, 4}, {1, 0}, {2, 0}, {4, 0}}},
       .source = "PTX ISA 8.0, 9.7.13.4.8, Matrix Fragments for mma.m16n8k16"},
      {.name = "mfma_16x16x16",
       .llvmName = "llvm.amdgcn.mfma.f32.16x16x16bf16.1k",
       .takesBf16 = false,
       .rows = 16,
       .cols = 16,
       .depth = 16,
       .a = {{{0, 1}, {0, 2}},
             {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 4}, {0, 8}}},
       .b = {{{1, 0}, {2, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {4, 0}, {8, 0}}},
       .c = {{{1, 0}, {2, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {4, 0}, {8, 0}}},
       .source = "AMD CDNA3 ISA, 7.1.4, Dense Matrix Layouts; CDNA2 ISA, 7.1"},
      {.name = "mfma_16x16x32",
       .llvmName = "llvm.amdgcn.mfma.f32.16x16x32.bf16",
       .takesBf16 = true,
       .rows = 16,
       .cols = 16,
       .depth = 32,
       .a = {{{0, 1}, {0, 2}, {0, 4}},
             {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 8}, {0, 16}}},
       .b = {{{1, 0}, {2, 0}, {4, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {8, 0}, {16, 0}}},
       .c = {{{1, 0}, {2, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {4, 0}, {8, 0}}},
       .source = "AMD CDNA4 ISA, 7.1.4, Dense Matrix Layouts"},
      // Both halves of the wavefront hold the same operands.
      {.name = "wmma_16x16x16_gfx11",
       .llvmName = "llvm.amdgcn.wmma.f32.16x16x16.bf16",
       .takesBf16 = false,
       .rows = 16,
       .cols = 16,
       .depth = 16,
       .a = {{{0, 1}, {0, 2}, {0, 4}, {0, 8}},
             {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 0}}},
       .b = {{{1, 0}, {2, 0}, {4, 0}, {8, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 0}}},
       .c = {{{2, 0}, {4, 0}, {8, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {1, 0}}},
       .source = "AMD RDNA3 ISA, 7.9, Wave Matrix Multiply Accumulate"},
      {.name = "wmma_16x16x16_gfx12",
       .llvmName = "llvm.amdgcn.wmma.f32.16x16x16.bf16",
       .takesBf16 = false,
       .rows = 16,
       .cols = 16,
       .depth = 16,
       .a = {{{0, 1}, {0, 2}, {0, 8}},
             {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 4}}},
       .b = {{{1, 0}, {2, 0}, {8, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {4, 0}}},
       .c = {{{1, 0}, {2, 0}, {4, 0}},
             {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {8, 0}}},
       .source = "AMD RDNA4 ISA, 7.12, Wave Matrix Multiply Accumulate"},
  };
  return intrinsics;
}

const MatrixIntrinsic *findMatrixIntrinsic(std::string_view name) {
  for (const MatrixIntrinsic &intrinsic : matrixIntrinsics())
    if (name == intrinsic.name)
      return &intrinsic;
  return nullptr;
}

} // namespace g4
