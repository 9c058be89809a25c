//===- AttentionCase.h - Attention over a made-up cache ---------*- C++ -*-===//

#ifndef G4_TEST_CODEGEN_ATTENTIONCASE_H
#define G4_TEST_CODEGEN_ATTENTIONCASE_H

#include "compiler/tile/GpuAttention.h"

#include "test/codegen/KernelCase.h"

namespace g4 {

/// Rows of one step: each is the last `count` positions of a sequence that is
/// `length` long, in slot order.
struct AttentionStep {
  struct Sequence {
    int64_t length, count;
    /// Every row sees the whole sequence (up to its window): a block of an
    /// image.
    bool seesAll = false;
  };
  std::vector<Sequence> sequences;
  int64_t numHeads, numKvHeads, headDim, pageSize, window;
  bool bf16 = false;
  /// Pages a slot has: fewer than its sequence needs make a ring. 0: enough.
  int64_t tableWidth = 0;
  /// Keys lie as values do.
  bool keysAsRows = false;
  /// CacheSpec::rotatedPairs.
  int64_t rotatedPairs = 0;
  /// Numbers of 8 bits with scales.
  enum class Bits8 { None, Int8, Fp8 } bits8 = Bits8::None;

  bool hasScales() const { return bits8 != Bits8::None; }
  int64_t keyDim() const { return rotatedPairs ? 2 * rotatedPairs : headDim; }
  mlir::Type dtype(mlir::MLIRContext *context) const;
};

constexpr auto kInt8 = AttentionStep::Bits8::Int8;
constexpr auto kFp8 = AttentionStep::Bits8::Fp8;

/// The same over keys of rotated pairs alone, or over numbers of 8 bits.
AttentionStep with(AttentionStep step, int64_t rotatedPairs,
                   AttentionStep::Bits8 bits8 = AttentionStep::Bits8::None);

/// The number that a byte of a cache is, by its scale.
double fromByte(AttentionStep::Bits8 format, double byte);

/// The kernel for `config`, whose layout and threads `setTile` may set.
KernelCase makeAttentionCase(
    const AttentionStep &step, const AttentionConfig &config, uint32_t seed,
    std::function<void(mlir::MLIRContext *, AttentionConfig &)> setTile = {});

/// The kernel by chunks, in the sizes that a GPU gets. What nobody wrote in the
/// cache is NaN.
KernelCase makeChunkedCase(const AttentionStep &step,
                           const GpuAttentionChoice &choice, uint32_t seed);

/// The same by plain loops: [rows, heads, head_dim].
std::vector<double> plainAttention(const AttentionStep &step,
                                   const KernelCase &kernel);

} // namespace g4

#endif // G4_TEST_CODEGEN_ATTENTIONCASE_H
