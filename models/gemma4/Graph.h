//===- Graph.h - Gemma 4 as a graph -----------------------------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_GRAPH_H
#define G4_MODELS_GEMMA4_GRAPH_H

#include "models/gemma4/Config.h"
#include "models/gemma4/Weights.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace g4::gemma4 {

enum class TextInputs { Tokens, WithSoftTokens };

/// The text model as a module of g4 ops: weights, caches, and
///
///   func @text(%ids: tensor<?xi32>, %positions: tensor<?xi32>,
///              %outputs: tensor<?xi32>) -> tensor<?x(vocab_size)xf32>
///
/// the logits of rows %outputs. With soft tokens it takes besides
///
///   %soft: tensor<?x(hidden_size)xf32>, %soft_rows: tensor<?xi32>
///
/// for each row the soft token that stands in for its embedding, or -1; such a
/// row has the pad token's id, by which it finds its per-layer input. And where
/// the rows of a picture see each other both ways in sliding layers
/// (TextConfig::picturesSeeBothWays)
///
///   %picture_ends: tensor<?xi32>
///
/// the position after the last one that a row may see there: after itself, or
/// after its picture. Weights are f32 in the IR's types, caches too: the
/// quantize phase chooses how they are stored.
///
/// Source of every equation: models/gemma4/README.md.
mlir::OwningOpRef<mlir::ModuleOp>
buildTextGraph(const TextConfig &config, const std::vector<WeightSpec> &weights,
               TextInputs inputs, mlir::MLIRContext *context);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_GRAPH_H
