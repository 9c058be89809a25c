//===- Import.h - A Gemma 4 checkpoint as a graph ---------------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_IMPORT_H
#define G4_MODELS_GEMMA4_IMPORT_H

#include "models/ImportOptions.h"
#include "models/checkpoint/Checkpoint.h"
#include "models/checkpoint/FactOrigin.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace g4::gemma4 {

/// As importModel() of models/Family.h says.
g4rt::Result<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const Checkpoint &checkpoint, ImportOptions options,
            mlir::MLIRContext *context);

/// As factOrigins() of models/Family.h says.
g4rt::Result<FactOrigins> factOrigins(const Checkpoint &checkpoint);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_IMPORT_H
