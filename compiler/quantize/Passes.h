//===- Passes.h - How weights are stored ------------------------*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_PASSES_H
#define G4_COMPILER_QUANTIZE_PASSES_H

#include "compiler/quantize/WeightPolicy.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace g4 {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/quantize/Passes.h.inc"

/// The pass g4-quantize-weights with a policy that has no name. `kvCache` is
/// the pass's option of that name.
std::unique_ptr<mlir::Pass> createQuantizeByPolicyPass(WeightPolicy policy,
                                                       llvm::StringRef kvCache);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_PASSES_H
