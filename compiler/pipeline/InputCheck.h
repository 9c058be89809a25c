//===- InputCheck.h - Whether IR is what a phase reads ----------*- C++ -*-===//
//
// IR that a person hands to `g4c compile --compile-from` may come from another
// phase, or have been edited. Verifiers and passes check what ops say; this
// checks what the whole must hold for the phases not to trip over it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PIPELINE_INPUTCHECK_H
#define G4_COMPILER_PIPELINE_INPUTCHECK_H

#include "compiler/pipeline/Phase.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace g4 {

/// Why `module` is not what `first` reads, for a message that ends with it;
/// empty if it is.
std::string whyNotInputOf(Phase first, mlir::ModuleOp module);

} // namespace g4

#endif // G4_COMPILER_PIPELINE_INPUTCHECK_H
