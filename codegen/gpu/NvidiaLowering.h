//===- NvidiaLowering.h - Tensor cores and async copies ---------*- C++ -*-===//
//
// What NVIDIA's threads do in their own way: dots by mma.sync, async copies by
// cp.async. Fragments: PTX ISA, "Matrix Fragments for mma.m16n8k16".
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_GPU_NVIDIALOWERING_H
#define G4_CODEGEN_GPU_NVIDIALOWERING_H

#include "codegen/gpu/GpuLowering.h"

namespace g4 {

class NvidiaLowering final : public GpuLowering {
public:
  using GpuLowering::GpuLowering;

private:
  mlir::LogicalResult emitDot(tile::DotOp op) override;
  mlir::LogicalResult emitDotPacked(tile::DotPackedOp op) override;
  void emitCopyPiece(Value from, Value to, Value exists) override;
  Value emitIncrement(Value counter) override;
  void emitCommitAsync() override;
  void emitWaitAsync(int64_t pending) override;

  // Both operands in scratch (NvidiaLowering.cpp).
  /// A thread's lane, and its warp's place in the grid of warps.
  struct MmaPlace {
    Value lane, warpRow, warpCol;
  };
  MmaPlace placeOfThread(const RegisterLayout &layout);
  // From this depth on, the fragment of 16 rows of a and 16 of the depth, or of
  // 8 rows and 32, that is `number` of them after the warp's first; and all
  // fragments of 8 columns of b.
  Registers fragmentOfA(tile::DotOp op, const MmaPlace &place, int64_t number,
                        int64_t rows, Value depth);
  llvm::SmallVector<Registers> fragmentsOfB(tile::DotOp op,
                                            const MmaPlace &place,
                                            const RegisterLayout &layout,
                                            Value depth);
  mlir::LogicalResult emitRowsDot(tile::DotOp op, const RegisterLayout &layout);
  Registers weightsOfB(tile::DotOp op, const MmaPlace &place, int64_t number,
                       Value depth);
  mlir::LogicalResult emitFragmentsDot(tile::DotOp op,
                                       const RegisterLayout &layout);
  Registers loadMatrix(Value pointer, int num, bool transposed = false);
  Value matrixRow(Value memory, mlir::ValueRange at, Value row, Value col);
  /// d of an mma m16n8k16 of bf16: four numbers.
  Registers mma(llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> bb,
                llvm::ArrayRef<Value> c);
  Registers multiply(llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> bb,
                     Value top, Value bottom);

  // Weights of 4 bits (NvidiaInt4.cpp).
  /// A lane's part of a unit of 16 x 64: four words, and two of scales, which
  /// are bf16 or f16.
  struct Int4Unit {
    Value words, scales;
    artifact::NumberType scaleType;
  };
  /// The two scales of a word as f32.
  Registers scalesOfWord(Value word, artifact::NumberType type);
  /// (x & mask) | bits, both constants.
  Value andOr(Value x, Value mask, Value bits);
  Registers int4Fragment(Value word);
  void addInt4Unit(const Int4Unit &unit, llvm::ArrayRef<Registers> tokens,
                   llvm::MutableArrayRef<Registers> sums);
  Int4Unit int4UnitOfB(tile::DotOp op, const MmaPlace &place, int64_t number,
                       Value unit);
  mlir::LogicalResult emitInt4Dot(tile::DotOp op, const RegisterLayout &layout);

  // A warp a slice of the depth (NvidiaSlicedDot.cpp).
  struct SlicedDot;
  Registers weightTiles(const SlicedDot &dot, Value block, int64_t numBlocks);
  Registers tokenFragments(const SlicedDot &dot, Value block);
  Registers addBlocks(const SlicedDot &dot, Value block, int64_t numBlocks,
                      mlir::ValueRange sums);
  Registers addInt4Blocks(const SlicedDot &dot, Value block, int64_t numBlocks,
                          mlir::ValueRange sums);
  void setWeight(SlicedDot &dot, tile::DotPackedOp op);
  Value loadWeight(Value pointer, int64_t numWords);
  Registers sumSlice(const SlicedDot &dot);
  void storeSums(const SlicedDot &dot, mlir::ValueRange sums);
  Registers addSlices(const SlicedDot &dot, const RegisterLayout &layout,
                      const Registers &acc);

  Value div(Value x, int64_t y) { return divIndex(x, y); }
  Value rem(Value x, int64_t y) { return remIndex(x, y); }
};

} // namespace g4

#endif // G4_CODEGEN_GPU_NVIDIALOWERING_H
