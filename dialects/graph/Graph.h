//===- Graph.h - The model graph dialect ------------------------*- C++ -*-===//
//
// The dialect `g4`. Declared in GraphDialect.td and the files beside it; read
// those first.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_GRAPH_GRAPH_H
#define G4_DIALECTS_GRAPH_GRAPH_H

#include "dialects/quant/QuantTypes.h"
#include "runtime/artifact/WeightClass.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace g4::graph {

/// One of the names of classes.
mlir::FailureOr<artifact::WeightClass>
parseWeightClass(mlir::AsmParser &parser);

} // namespace g4::graph

#include "dialects/graph/GraphDialect.h.inc"
#include "dialects/graph/GraphEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/graph/GraphAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/graph/Graph.h.inc"

namespace g4::graph {

/// sqrt(2/pi) and the cubic coefficient of gelu_tanh.
inline constexpr double kGeluSqrt2OverPi = 0.79788456080286535588;
inline constexpr double kGeluCubic = 0.044715;

/// Whether the body of a g4.rows may hold `op` (rows_c3; a g4.yield ends it).
bool isRowOp(mlir::Operation *op);

/// The seed of a model that nobody trained: `synthetic_seed` of the attribute
/// g4.model of a module around `op`; none for a model that comes from a
/// checkpoint.
std::optional<uint64_t> syntheticSeed(mlir::Operation *op);

/// Whether the loader makes this weight.
bool isSynthetic(WeightOp weight);

} // namespace g4::graph

#endif // G4_DIALECTS_GRAPH_GRAPH_H
