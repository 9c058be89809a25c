//===- GpuLowering.h - A g4t.kernel for a GPU thread ------------*- C++ -*-===//
//
// What NVIDIA and AMD share. The result is a gpu.func in a gpu.module, on LLVM
// pointers, with gpu.thread_id, gpu.barrier and gpu.shuffle: it becomes NVVM or
// ROCDL, or a host function for the emulator.
//
// The work item, the scratch memory and the thread's number are values given to
// the lowering; only the wrapper below makes them from block and thread ids. A
// persistent kernel can give others.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_GPU_GPULOWERING_H
#define G4_CODEGEN_GPU_GPULOWERING_H

#include "codegen/common/TileLowering.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <memory>

namespace g4 {

/// How the vendors differ in a kernel's body.
enum class GpuVendor { Nvidia, Amd };

/// Address spaces of LLVM pointers, the same for NVPTX and AMDGPU.
inline constexpr unsigned kGlobalSpace = 1, kSharedSpace = 3;

/// The scratch of all kernels of a module: an array in shared memory whose size
/// is given at the launch.
inline constexpr const char *kScratchSymbol = "g4_scratch";
/// Attribute of a function: bytes of scratch that it needs.
inline constexpr const char *kScratchBytes = "g4.scratch_bytes";

/// (x & y) | z in one instruction. The emulator knows the lowerings' pieces of
/// assembly: this one, and the counter of `g4t.arrive`.
inline constexpr const char *kAndOrAssembly = "lop3.b32 $0, $1, $2, $3, 0xEA;";

/// Adds the function of `kernel` to `module`: parameters in order (pointers to
/// global memory, or i64), grid from the block's ids. Errors are reported on
/// the op.
mlir::LogicalResult lowerKernelToGpu(tile::KernelOp kernel, GpuVendor vendor,
                                     int64_t warpSize,
                                     mlir::gpu::GPUModuleOp module);

/// What both vendors' lowerings are made of.
class GpuLowering : public TileLowering {
public:
  GpuLowering(mlir::OpBuilder &b, mlir::Location loc, int64_t warpSize,
              int64_t numThreads, Value thread, Value scratch)
      : TileLowering(b, loc, warpSize), numThreads_(numThreads),
        thread_(thread), scratch_(scratch) {}

protected:
  int64_t numThreads() const override { return numThreads_; }
  Value threadId() override { return thread_; }
  Value scratchPointer(int64_t offset) override {
    return addBytes(scratch_, offset);
  }
  int64_t alignmentOf(mlir::MemRefType memory, int64_t length) override;
  void reduceAcrossThreads(tile::ReduceKind kind, Registers &scalars,
                           const RegisterLayout &layout) override;
  void emitBarrier() override;
  Value emitArrive(Value counter, Value count) override;
  /// Default: LLVM's atomic, at the scope of the device.
  Value emitIncrement(Value counter) override;
  /// The 32 bits of `scalar` of the lane whose number differs in the one bit
  /// `mask`. Default: gpu.shuffle.
  virtual Value shuffleXor(Value scalar, int64_t mask);
  /// Default: a load and a store, done when it returns.
  mlir::LogicalResult emitCopyAsync(tile::CopyAsyncOp op) override;

  /// One 16-byte piece of a copy; `exists` (i1, may be null) is false for rows
  /// beyond the bound, which get zeros.
  virtual void emitCopyPiece(Value from, Value to, Value exists);

  // Operands of matrix instructions.
  /// A pointer to [row, col] of the operand that begins at `at`.
  Value matrixRow(Value memory, mlir::ValueRange at, Value row, Value col);
  /// Word `i` of a vector of words.
  Value wordOf(Value words, int64_t i);
  /// The scale, bf16 or f16, in half 0 or 1 of a word, as f32.
  Value scaleOfWord(Value word, int64_t half, artifact::NumberType type);

  // Sliced dots (SlicedSums.cpp).
  /// Sums of the slices in scratch: f32 [slices, tokens, pitch].
  struct SlicedSums {
    int64_t tokens, channels; // rows and columns of the result
    int64_t numSlices;        // that are not empty
    Value pointer{};
    // Lanes write 4 rows of 8 neighbours at once: rows 4 words apart in banks.
    int64_t pitch() const { return channels + 4; }
  };
  mlir::LogicalResult checkSliced(tile::DotPackedOp op);
  /// The number of the weight's first panel of 16 rows.
  Value firstPanel(tile::DotPackedOp op);
  SlicedSums slicedSums(tile::DotPackedOp op);
  /// Runs `body` over the blocks of a slice, `atOnce` of them at a time and the
  /// rest one by one; gives the sums that it yields.
  using SliceBody = llvm::function_ref<Registers(Value block, int64_t numBlocks,
                                                 mlir::ValueRange sums)>;
  Registers overSlice(tile::DotPackedOp op, Value slice, int64_t atOnce,
                      Registers sums, SliceBody body);
  /// acc and the slices' sums in order, in the registers of the result.
  Registers addSlices(const SlicedSums &sums, const RegisterLayout &layout,
                      const Registers &acc);

private:
  void combineWarps(tile::ReduceKind kind, Registers &scalars,
                    const RegisterLayout &layout, int64_t numWarps);
  struct CopyShape;
  static CopyShape copyShape(tile::CopyAsyncOp op);
  Value copySource(tile::CopyAsyncOp op, const CopyShape &shape, Value row,
                   Value col);
  Value copyRowExists(tile::CopyAsyncOp op, const CopyShape &shape, Value row);

  int64_t numThreads_;
  Value thread_, scratch_;
};

} // namespace g4

#endif // G4_CODEGEN_GPU_GPULOWERING_H
