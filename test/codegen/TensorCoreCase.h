//===- TensorCoreCase.h - Linears on tensor cores as cases ------*- C++ -*-===//
//
// The numbers of a linear over all its rows, and the kernels that make them in
// the configs that CUDA targets choose.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_CODEGEN_TENSORCORECASE_H
#define G4_TEST_CODEGEN_TENSORCORECASE_H

#include "test/codegen/KernelCase.h"

namespace g4 {

struct TensorCoreLinear {
  int64_t rows, k, n;
  bool hasNorm = false;
  graph::Epilogue epilogue = graph::Epilogue::None;
  /// Rows of x that are taken, in order; empty: all.
  std::vector<double> rowMap = {};
  /// With experts, expert of each assignment; `topK` of them a row of x.
  int64_t numExperts = 0, topK = 1;
  std::vector<double> experts = {};
  bool xPerAssignment = false;
  /// Of the weights; one with a packing for mma.
  std::string_view format = "bf16";

  bool isGated() const { return epilogue == graph::Epilogue::GeluGated; }
  int64_t outputRows() const {
    if (numExperts)
      return int64_t(experts.size());
    return rowMap.empty() ? rows : int64_t(rowMap.size());
  }
};

/// The config that a GPU with `scratchBytes` and `intrinsic` chooses for tiles
/// of `rowTile` rows; experts are grouped if `isGrouped`.
struct TensorCoreChoice {
  int64_t rowTile;
  bool isGrouped = false;
  int64_t scratchBytes = 99 * 1024;
  const char *intrinsic = kMma16x8x16;
};

LinearSpec specOf(const TensorCoreLinear &linear,
                  const TensorCoreChoice &choice, mlir::MLIRContext *context);
LinearConfig configOf(const TensorCoreLinear &linear,
                      const TensorCoreChoice &choice,
                      mlir::MLIRContext *context);

/// The parameters in buildLinear()'s order, y (number 2) zeros; the numbers are
/// the same for each choice. `weight` takes the elements of w, row-major.
KernelCase tensorCoreCase(const TensorCoreLinear &linear,
                          const TensorCoreChoice &choice,
                          std::vector<double> *weight = nullptr);

/// y by plain loops in f64. What comes to the tensor cores is rounded to bf16
/// before: x, or x times the norm's weight.
std::vector<double> plainTensorCoreLinear(const TensorCoreLinear &linear);

} // namespace g4

#endif // G4_TEST_CODEGEN_TENSORCORECASE_H
