//===- StoredFormats.h - The formats that a checkpoint has ------*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_STOREDFORMATS_H
#define G4_COMPILER_QUANTIZE_STOREDFORMATS_H

#include "compiler/quantize/WeightPolicy.h"
#include "models/checkpoint/Checkpoint.h"

#include "mlir/IR/BuiltinOps.h"

namespace g4 {

/// A rule for each weight of `module`, as import leaves it, whose tensors a
/// checkpoint has as codes in blocks that one of our formats takes as they are
/// (EncodeStored.h): that format, or int8-g32 for weights that read the same
/// value and have several. Norms and the router stay f32. Other weights, and
/// those whose tensors are stored in different ways, have no rule.
std::vector<WeightPolicy::Rule> rulesOfStorage(mlir::ModuleOp module,
                                               const Checkpoint &checkpoint);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_STOREDFORMATS_H
