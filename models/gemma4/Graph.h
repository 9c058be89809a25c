//===- Graph.h - Gemma 4 as a graph -----------------------------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GRAPH_H
#define G4_MODELS_GEMMA4_GRAPH_H

#include "models/gemma4/Config.h"
#include "models/gemma4/Weights.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace g4::gemma4 {

/// The text model as a module of g4 ops: weights, caches, and
///
///   func @text(%ids: tensor<?xi32>, %positions: tensor<?xi32>,
///              %outputs: tensor<?xi32>) -> tensor<?x(vocab_size)xf32>
///
/// the logits of rows %outputs. Weights are f32 in the IR's types, caches too:
/// the quantize phase chooses how they are stored.
///
/// Source of every equation: models/gemma4/README.md.
mlir::OwningOpRef<mlir::ModuleOp>
buildTextGraph(const TextConfig &config, const std::vector<WeightSpec> &weights,
               mlir::MLIRContext *context);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GRAPH_H
