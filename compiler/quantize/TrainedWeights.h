//===- TrainedWeights.h - Which weights were trained as integers *- C++ -*-===//
//
// Reads the weights of a checkpoint and finds those that quantisation-aware
// training left on a lattice of 4-bit integers (Lattice.h). They are stored
// without any loss, in the format that their scales need.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_TRAINEDWEIGHTS_H
#define G4_COMPILER_QUANTIZE_TRAINEDWEIGHTS_H

#include "compiler/quantize/WeightPolicy.h"
#include "models/checkpoint/Checkpoint.h"

#include "mlir/IR/BuiltinOps.h"

namespace g4 {

struct TrainedWeights {
  /// Of int4, int4-f16 and int4-f32 the first that holds every group of all of
  /// them exactly; null if there are none.
  const artifact::WeightFormat *format = nullptr;
  /// Those that lie on a lattice, and those that do not; norms and the router
  /// are neither. In the order of the module.
  std::vector<std::string> names, others;

  /// One format for all matrices, so that those which read the same input can
  /// become one; and for each weight that lies on a lattice, whatever its
  /// class.
  void addTo(WeightPolicy &policy) const;
  /// "66 of 68 weights lie on a lattice of 4-bit integers and are stored
  /// exactly, as int4-f32".
  std::string describe() const;
};

/// Of a module as import leaves it. A weight that lies on none is read no
/// further than its first group that shows it.
///
/// Errors: those of StackedRows::open.
g4rt::Result<TrainedWeights> findTrainedWeights(mlir::ModuleOp module,
                                                const Checkpoint &checkpoint);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_TRAINEDWEIGHTS_H
