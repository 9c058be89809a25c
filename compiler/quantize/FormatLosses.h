//===- FormatLosses.h - What a checkpoint loses in each format --*- C++ -*-===//
//
// A weight's error in a format is noise in what its linear gives. Its loss is
// the power of that noise over the power of the result,
//
//   sum over rows and columns of (w - stored w)^2 m / sum of w^2 m,
//
// with m the mean square of the column's input where a calibration knows it,
// else 1: inputs are then taken to be alike and independent. All linears of a
// model add to one stream, so losses add up.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_FORMATLOSSES_H
#define G4_COMPILER_QUANTIZE_FORMATLOSSES_H

#include "compiler/quantize/FormatLadder.h"
#include "compiler/quantize/ScaleRule.h"
#include "models/checkpoint/CalibrationFile.h"
#include "models/checkpoint/Checkpoint.h"

#include "mlir/IR/BuiltinOps.h"

namespace g4 {

struct LossOptions {
  /// The finest choice, and the only one for rows that have no whole groups.
  const artifact::WeightFormat *plain = nullptr;
  ScaleRule scaleRule = ScaleRule::Extreme;
  const CalibrationFile *calibration = nullptr; // may be null
};

/// The units of a module as import leaves it: the weights that need one format
/// (weightsByInput) with what int4-g64-f16, int4-f16, int6, int8-g32 and the
/// plain format take and lose. Of each weight at most 1,024 rows are read, from
/// end to end. The result does not depend on the number of threads.
///
/// Errors: those of StackedRows::open; InvalidArgument for a calibration of
/// another model.
g4rt::Result<std::vector<FormatUnit>>
measureFormats(mlir::ModuleOp module, const Checkpoint &checkpoint,
               const LossOptions &options);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_FORMATLOSSES_H
