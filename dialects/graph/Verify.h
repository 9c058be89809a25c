//===- Verify.h - Questions the verifiers of g4 ask -------------*- C++ -*-===//

#ifndef G4_DIALECTS_GRAPH_VERIFY_H
#define G4_DIALECTS_GRAPH_VERIFY_H

#include "dialects/graph/Graph.h"

namespace g4::graph {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

inline quant::WeightType weightType(mlir::Value value) {
  return mlir::cast<quant::WeightType>(value.getType());
}

/// The size of the last dimension; 0 for a scalar.
inline int64_t lastDim(mlir::RankedTensorType type) {
  return type.getRank() == 0 ? 0 : type.getShape().back();
}

/// Whether `value` is a weight of exactly this shape.
inline bool hasShape(mlir::Value value, llvm::ArrayRef<int64_t> shape) {
  return weightType(value).getShape() == shape;
}

/// Whether all dimensions but the last agree.
inline bool sameLeadingDims(mlir::RankedTensorType a,
                            mlir::RankedTensorType b) {
  return a.getRank() == b.getRank() && a.getRank() > 0 &&
         a.getShape().drop_back() == b.getShape().drop_back();
}

/// Success if a row with a place of the mean weight, 1 / k, keeps it.
inline mlir::LogicalResult
checkSkipBelow(mlir::Operation *op, const llvm::APFloat &skipBelow, int64_t k) {
  double least = skipBelow.convertToDouble();
  if (least >= 0 && least * static_cast<double>(k) <= 1)
    return mlir::success();
  return op->emitOpError("skip_below must be from 0 to 1/")
         << k << ", got " << least;
}

} // namespace g4::graph

#endif // G4_DIALECTS_GRAPH_VERIFY_H
