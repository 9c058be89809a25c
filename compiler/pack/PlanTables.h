//===- PlanTables.h - A program's tables without an artifact ----*- C++ -*-===//

#ifndef G4_COMPILER_PACK_PLANTABLES_H
#define G4_COMPILER_PACK_PLANTABLES_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/Status.h"

#include "flatbuffers/flatbuffers.h"
#include "mlir/IR/BuiltinOps.h"

namespace g4 {

/// The metadata of an artifact with one variant, as far as a memory plan reads
/// it: model, weights with their sizes, the program. `variant` is a target's
/// module as phase plan leaves it; there is no code, no text and no data, so no
/// loader takes these tables.
///
/// Gives a size-prefixed buffer. Errors: those of writeByteTokenizer, whose
/// table stands in for the tokenizer's.
g4rt::Result<flatbuffers::DetachedBuffer>
writePlanTables(mlir::ModuleOp variant);

} // namespace g4

#endif // G4_COMPILER_PACK_PLANTABLES_H
