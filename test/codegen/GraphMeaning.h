//===- GraphMeaning.h - Graph ops on the numbers of a kernel ----*- C++ -*-===//

#ifndef G4_TEST_CODEGEN_GRAPHMEANING_H
#define G4_TEST_CODEGEN_GRAPHMEANING_H

#include "test/codegen/AttentionCase.h"

namespace g4 {

/// What a g4.fused_linear reads, each row-major.
struct LinearNumbers {
  std::vector<double> x, w;
  std::vector<double> norm; // empty: none
  std::vector<double> up;   // empty: none
};

/// What the graph interpreter gives for the g4.fused_linear of which `spec` is
/// the kernel: [rows, outputCols].
std::vector<double> graphLinear(const LinearSpec &spec,
                                const LinearNumbers &numbers);

/// What it gives for the g4.attention of which `kernel` is the kernel, as
/// plainAttention().
std::vector<double> graphAttention(const AttentionStep &step,
                                   const KernelCase &kernel);

} // namespace g4

#endif // G4_TEST_CODEGEN_GRAPHMEANING_H
