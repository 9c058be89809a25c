//===- ScaleSearch.h - The scales that lose least ---------------*- C++ -*-===//
//
// Scales of groups by least weighted squares, for codes that have an offset.
// The usual rule, that of Q4_0, gives the number of the largest absolute value
// the least integer. Here scales around that one are tried: each says integers
// q, and for given integers the best scale is sum(w x q) / sum(w q q), which
// makes the error smaller by sum(w x q)^2 / sum(w q q). The candidate that
// makes it smallest wins, rounded to the format's type (as make_qx_quants of
// ggml).
//
// The usual scale stays where the one that was found is no better.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_SCALESEARCH_H
#define G4_COMPILER_QUANTIZE_SCALESEARCH_H

#include "runtime/artifact/WeightFormat.h"

#include <span>

namespace g4 {

/// The scales, bits of the format's type, of each group of `row`, which holds
/// finite numbers; 0 where all of a group are so small that it has none. The
/// format has an offset (hasOffset()) and groups of 64 or fewer. `importance`
/// has a number that is not negative for each of the row, or is empty: all are
/// alike. A group's scale depends on its numbers and their importance alone,
/// and has the same bits on every machine.
void searchScales(const artifact::WeightFormat &format,
                  std::span<const float> row, std::span<const float> importance,
                  std::span<uint32_t> scales);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_SCALESEARCH_H
