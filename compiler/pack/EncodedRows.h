//===- EncodedRows.h - The rows of a weight in its format -------*- C++ -*-===//
//
// What the packer reads: rows of a checkpoint, or of a model that nobody
// trained, as the weight's format stores them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PACK_ENCODEDROWS_H
#define G4_COMPILER_PACK_ENCODEDROWS_H

#include "compiler/quantize/Encode.h"
#include "dialects/graph/Graph.h"
#include "models/checkpoint/Checkpoint.h"

#include <memory>

namespace g4 {

class EncodedRows {
public:
  virtual ~EncodedRows() = default;

  /// Row `row` of the source, counted through all matrices, without padding.
  /// `out` gives its memory; threads may read at once.
  ///
  /// Errors: InvalidArgument if the row holds NaN or infinity, naming it.
  virtual g4rt::Status encode(int64_t row, EncodedRow &out) const = 0;

  /// Rows [first, end) are the next that are wanted.
  virtual void readAhead(int64_t first, int64_t end) const {}
};

/// The rows of a weight with parts; `checkpoint` must live as long.
///
/// Errors: InvalidArgument if the parts do not have the elements that the type
/// asks for.
g4rt::Result<std::unique_ptr<EncodedRows>>
openEncodedRows(graph::WeightOp weight, const Checkpoint &checkpoint);

} // namespace g4

#endif // G4_COMPILER_PACK_ENCODEDROWS_H
