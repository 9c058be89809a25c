//===- SharedInputs.h - Weights that read one value -------------*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_SHAREDINPUTS_H
#define G4_COMPILER_QUANTIZE_SHAREDINPUTS_H

#include "dialects/graph/Graph.h"

#include <vector>

namespace g4 {

/// The weights of a module whose format there is a choice for, in its order:
/// those with parts but norms and routers. Linears that read the same value
/// become one, for which their weights need one format: these are together.
std::vector<std::vector<graph::WeightOp>> weightsByInput(mlir::ModuleOp module);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_SHAREDINPUTS_H
