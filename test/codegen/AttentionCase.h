//===- AttentionCase.h - Attention over a made-up cache ---------*- C++ -*-===//

#ifndef G4_TEST_CODEGEN_ATTENTIONCASE_H
#define G4_TEST_CODEGEN_ATTENTIONCASE_H

#include "test/codegen/KernelCase.h"

namespace g4 {

/// Rows of one step: each is the last `count` positions of a sequence that is
/// `length` long, in slot order.
struct AttentionStep {
  struct Sequence {
    int64_t length, count;
  };
  std::vector<Sequence> sequences;
  int64_t numHeads, numKvHeads, headDim, pageSize, window;
  bool bf16 = false;
};

/// The kernel for `config`, whose layout and threads `setTile` may set.
KernelCase makeAttentionCase(
    const AttentionStep &step, const AttentionConfig &config, uint32_t seed,
    std::function<void(mlir::MLIRContext *, AttentionConfig &)> setTile = {});

/// The same by plain loops: [rows, heads, head_dim].
std::vector<double> plainAttention(const AttentionStep &step,
                                   const KernelCase &kernel);

} // namespace g4

#endif // G4_TEST_CODEGEN_ATTENTIONCASE_H
