//===- SyntheticWeight.h - Weights that nobody trained ----------*- C++ -*-===//

#ifndef G4_COMPILER_PACK_SYNTHETICWEIGHT_H
#define G4_COMPILER_PACK_SYNTHETICWEIGHT_H

#include "compiler/quantize/Encode.h"
#include "dialects/graph/Graph.h"
#include "runtime/artifact/Synthetic.h"

namespace g4 {

/// The numbers of a synthetic weight. Its seed comes from the model's and the
/// weight's name.
artifact::SyntheticValues syntheticValues(graph::WeightOp weight);

struct SyntheticRow {
  uint32_t row;
  int64_t numCols;
};

/// A row of such a weight as the generator kernels make it.
void encodeSynthetic(const artifact::WeightFormat &format,
                     const artifact::SyntheticValues &values,
                     const SyntheticRow &row, EncodedRow &out);

} // namespace g4

#endif // G4_COMPILER_PACK_SYNTHETICWEIGHT_H
