//===- GraphTensor.h - Numbers of an activation -----------------*- C++ -*-===//

#ifndef G4_COMPILER_INTERPRET_GRAPHTENSOR_H
#define G4_COMPILER_INTERPRET_GRAPHTENSOR_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <vector>

namespace g4 {

/// A value of the graph, row-major. Indices are whole numbers, exact in f64.
struct GraphTensor {
  std::vector<int64_t> shape; // [rows, ...], at least one dimension
  std::vector<double> elements;

  int64_t numRows() const { return shape.front(); }
  int64_t lastDim() const { return shape.back(); }
  /// The product of all dimensions but the first.
  int64_t rowSize() const;
  /// The product of all dimensions but the last.
  int64_t numVectors() const;

  /// Row i, and run i of the last dimension.
  std::span<double> row(int64_t i) {
    return {elements.data() + i * rowSize(), size_t(rowSize())};
  }
  std::span<const double> row(int64_t i) const {
    return {elements.data() + i * rowSize(), size_t(rowSize())};
  }
  std::span<double> vector(int64_t i) {
    return {elements.data() + i * lastDim(), size_t(lastDim())};
  }
  std::span<const double> vector(int64_t i) const {
    return {elements.data() + i * lastDim(), size_t(lastDim())};
  }
};

/// Zeros of this shape.
///
/// Errors: InvalidArgument if that is more than 2^28 elements (2 GiB).
g4rt::Result<GraphTensor> makeTensor(std::vector<int64_t> shape);

} // namespace g4

#endif // G4_COMPILER_INTERPRET_GRAPHTENSOR_H
