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
  /// d of an mma m16n8k16 of bf16: four numbers.
  Registers mma(llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> bb,
                llvm::ArrayRef<Value> c);
  Registers multiply(llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> bb,
                     Value top, Value bottom);

  // Weights of 4 and 6 bits (NvidiaIntegers.cpp).
  /// A lane's part of a unit of 16 x 64: four words of low bits, two of high
  /// ones where there are any, a word of scales for each group.
  struct IntegerUnit {
    const artifact::WeightFormat *format;
    Value words, highs = {}, scales = {};
  };
  /// Where they begin, in bytes from the unit's begin.
  struct UnitPlaces {
    Value words, highs, scales;
  };
  /// Loads so many words from a place in a unit.
  using LoadWords = llvm::function_ref<Value(Value at, int64_t numWords)>;
  UnitPlaces placesInUnit(const artifact::PackedMatrix &matrix, Value lane);
  IntegerUnit loadUnit(const artifact::WeightFormat &format,
                       const UnitPlaces &places, const LoadWords &load);
  /// (x & mask) | bits, the mask a constant.
  Value andOr(Value x, Value mask, Value bits);
  Value withHighBits(Value word, Value high, int64_t field);
  Registers fragmentOfUnit(const IntegerUnit &unit, int64_t tile);
  void addUnit(const IntegerUnit &unit, llvm::ArrayRef<Registers> tokens,
               llvm::MutableArrayRef<Registers> sums);
  IntegerUnit unitOfB(tile::DotOp op, const MmaPlace &place, int64_t number,
                      Value unit);
  mlir::LogicalResult emitUnitsDot(tile::DotOp op,
                                   const RegisterLayout &layout);

  // A warp a slice of the depth (NvidiaSlicedDot.cpp).
  struct SlicedDot;
  Registers weightTiles(const SlicedDot &dot, Value block, int64_t numBlocks);
  Registers tokenFragments(const SlicedDot &dot, Value block);
  Registers addBlocks(const SlicedDot &dot, Value block, int64_t numBlocks,
                      mlir::ValueRange sums);
  Registers addUnits(const SlicedDot &dot, Value block, int64_t numBlocks,
                     mlir::ValueRange sums);
  void setWeight(SlicedDot &dot, tile::DotPackedOp op);
  Value loadWeight(Value pointer, int64_t numWords);
  void storeSums(const SlicedDot &dot, mlir::ValueRange sums);

  Value div(Value x, int64_t y) { return divIndex(x, y); }
  Value rem(Value x, int64_t y) { return remIndex(x, y); }
};

} // namespace g4

#endif // G4_CODEGEN_GPU_NVIDIALOWERING_H
