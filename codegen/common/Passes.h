//===- Passes.h - Passes that all targets share -----------------*- C++ -*-===//

#ifndef G4_CODEGEN_COMMON_PASSES_H
#define G4_CODEGEN_COMMON_PASSES_H

#include "mlir/Pass/Pass.h"

namespace g4 {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "codegen/common/Passes.h.inc"

} // namespace g4

#endif // G4_CODEGEN_COMMON_PASSES_H
