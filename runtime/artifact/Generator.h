//===- Generator.h - How synthetic weights are made at load -----*- C++ -*-===//
//
// A generator is a kernel of the variant's own code that fills one weight in
// packed form. It knows the packing; the sizes and the distribution come as
// numbers. One work item makes one panel: 16 rows, or one row of packing rows.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_GENERATOR_H
#define G4_RUNTIME_ARTIFACT_GENERATOR_H

#include "runtime/artifact/Artifact_generated.h"

#include <array>
#include <cstdint>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// A weight as a sequence of matrices; of a checked weight.
struct MatrixShape {
  int64_t matrices = 1, rows = 1, cols = 1;

  static MatrixShape of(const artifact::Weight &weight);
};

/// Which weights the launches of a program read, by their number in `root`. A
/// file holds those of other variants too.
std::vector<bool> usedWeights(const artifact::Artifact &root,
                              const artifact::Program &program);

/// Null if the variant has none for the weight's dtype and packing.
const artifact::Generator *findGenerator(const artifact::Variant &variant,
                                         const artifact::Weight &weight);

/// Parameters of a generator after the weight's address, each 64 bits:
///
///   0 seed, low half         4 columns
///   1 seed, high half        5 stored elements of a panel, padding included;
///   2 center, bits of an f32   of a format with scales 32-bit words
///   3 half_width * 2^-23,    6 panels of a segment
///     bits of an f32; of a   7 real rows of a segment
///     format with scales the
///     bits of its scale
inline constexpr size_t kNumGeneratorNumbers = 8;

/// Rows of one panel of a checked weight, and what parameter 5 says.
int64_t panelRows(const artifact::Weight &weight);
int64_t panelElements(const artifact::Weight &weight);

/// What a generator is launched with for one weight.
struct GeneratorCall {
  uint64_t numPanels = 0; // the grid
  std::array<uint64_t, kNumGeneratorNumbers> numbers{};

  /// `weight` is synthetic and checked.
  static GeneratorCall of(const artifact::Weight &weight);
};

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_GENERATOR_H
