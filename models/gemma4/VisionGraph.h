//===- VisionGraph.h - Gemma 4's tower of pictures as a graph ---*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_VISIONGRAPH_H
#define G4_MODELS_GEMMA4_VISIONGRAPH_H

#include "models/gemma4/VisionConfig.h"
#include "models/gemma4/Weights.h"

#include "mlir/IR/BuiltinOps.h"

namespace g4::gemma4 {

/// Adds to `module` the weights, which make soft tokens of `textSize` channels,
/// and a program. That of a tower is
///
///   func @vision(%patches: tensor<?x(3 patch_size^2)xf32>,
///                %positions: tensor<?x2xi32>, %begins: tensor<?xi32>,
///                %ends: tensor<?xi32>, %cells: tensor<?x(pooling^2)xi32>)
///       -> tensor<?x(textSize)xf32>
///
/// Rows are the patches of one or several pictures: pixels of 0 to 1, column
/// and row in the picture, and the range of rows that its picture has. A soft
/// token is made of the patches of a cell, whose rows are given, in any order.
/// A row that is there to fill a step has position 0, an empty range and no
/// cell.
///
/// That of a projection has a row a soft token: pixels of the whole cell, and
/// the cell's column and row:
///
///   func @vision(%pixels: tensor<?x(3 (pooling patch_size)^2)xf32>,
///                %positions: tensor<?x2xi32>) -> tensor<?x(textSize)xf32>
///
/// Source of every equation: models/gemma4/README.md.
void addVisionGraph(const VisionConfig &config,
                    const std::vector<WeightSpec> &weights, int64_t textSize,
                    mlir::ModuleOp module);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_VISIONGRAPH_H
