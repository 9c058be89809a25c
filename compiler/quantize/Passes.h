//===- Passes.h - How weights are stored ------------------------*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_PASSES_H
#define G4_COMPILER_QUANTIZE_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace g4 {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/quantize/Passes.h.inc"

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_PASSES_H
