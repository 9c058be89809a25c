//===- SyntheticWeight.h - Weights that nobody trained ----------*- C++ -*-===//

#ifndef G4_COMPILER_PACK_SYNTHETICWEIGHT_H
#define G4_COMPILER_PACK_SYNTHETICWEIGHT_H

#include "dialects/graph/Graph.h"
#include "runtime/artifact/PackedInt4.h"
#include "runtime/artifact/Synthetic.h"

#include <cstddef>
#include <span>
#include <string>

namespace g4 {

/// Which rows of a stored matrix are real: `sourceRows` of each matrix, in
/// `segments` equal runs that are padded one by one.
struct WeightRows {
  int64_t sourceRows = 0, segments = 1;

  static WeightRows of(graph::WeightOp weight);
};

/// The numbers of a synthetic weight. Its seed comes from the model's and the
/// weight's name.
artifact::SyntheticValues syntheticValues(graph::WeightOp weight);

/// Rows for the packer, in place of StackedRows.
struct SyntheticRows {
  artifact::SyntheticValues values;

  void read(int64_t row, std::span<float> out) const {
    for (size_t col = 0; col < out.size(); ++col)
      out[col] =
          values.at(static_cast<uint32_t>(row), static_cast<uint32_t>(col));
  }
  struct Place {
    int64_t source, row;
  };
  /// Row `place.source` as integers, in row `place.row` of a cleared panel.
  void packInt4(const artifact::PackedInt4 &matrix, const Place &place,
                std::span<std::byte> panel) const;
  std::string describe(int64_t row) const {
    return "synthetic row " + std::to_string(row);
  }
};

} // namespace g4

#endif // G4_COMPILER_PACK_SYNTHETICWEIGHT_H
