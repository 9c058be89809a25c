//===- AmdLowering.h - Matrix instructions of AMD ---------------*- C++ -*-===//
//
// What AMD's threads do in their own way: dots by mfma (CDNA) and wmma (RDNA),
// whatever of them the IR names (dialects/intrinsic has the lanes), and sums
// across lanes by DPP (LaneMoves.h).
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_GPU_AMDLOWERING_H
#define G4_CODEGEN_GPU_AMDLOWERING_H

#include "codegen/gpu/GpuLowering.h"

namespace g4 {

class AmdLowering final : public GpuLowering {
public:
  using GpuLowering::GpuLowering;

private:
  Value shuffleXor(Value scalar, int64_t mask) override;
  Value moveLanes(Value word, int64_t control);
  Value madeHere(Value x) override;
  mlir::LogicalResult emitDot(tile::DotOp op) override;
  mlir::LogicalResult emitDotPacked(tile::DotPackedOp op) override;

  // Any operands (AmdLowering.cpp).
  void keepLoadsApart();
  void keepDotsApart(tile::DotOp dot);
  Value multiply(const MatrixIntrinsic &m, Value a, Value bb, Value c);
  /// An operand of an instruction from its words, two numbers each.
  Value operandOf(const MatrixIntrinsic &m, llvm::ArrayRef<Value> words);
  Value lane() { return remIndex(threadId(), warpSize()); }
  Value warp() { return divIndex(threadId(), warpSize()); }
  /// What the lane adds along `of`.
  Value laneOffset(const FragmentLayout &layout, int64_t MatrixPlace::*of);
  /// The accumulators of a fragment at [row, col] as elements [first, first +
  /// count) of a lane, and back.
  struct SumsPlace {
    int64_t row, col, first, count;
  };
  Value gather(const RegisterLayout &layout, mlir::ValueRange registers,
               SumsPlace place);
  void scatter(const RegisterLayout &layout, Registers &registers,
               SumsPlace place, Value sums);

  // Both operands in scratch (AmdLowering.cpp).
  struct RowsOperand;
  Value loadFragment(const RowsOperand &operand, Value outer, Value depth);
  mlir::LogicalResult emitRowsDot(tile::DotOp op, const RegisterLayout &layout);

  // Weights in the order of mma (AmdWeightDot.cpp).
  struct WeightDot;
  struct WeightBlock;
  WeightDot weightDot(const MatrixIntrinsic &m,
                      const artifact::PackedMatrix &matrix, int64_t panelBytes,
                      bool hasSecondPanel);
  WeightBlock loadBlock(const WeightDot &dot, Value panel);
  Value weightOperand(const WeightDot &dot, const WeightBlock &block,
                      int64_t step, int64_t run);
  Value int4Pair(Value word, int64_t number);
  Value scalesOf(const WeightDot &dot, const WeightBlock &block, int64_t group,
                 int64_t run);
  Registers tokenOperands(const WeightDot &dot, Value row);
  void addBlock(const WeightDot &dot, const WeightBlock &block,
                const Registers &tokens, llvm::MutableArrayRef<Value> sums);
  mlir::LogicalResult emitWeightDot(tile::DotOp op,
                                    const RegisterLayout &layout);

  // A warp a slice of the depth (AmdSlicedDot.cpp).
  struct SlicedDot;
  Registers addBlocks(const SlicedDot &dot, Value block, int64_t numBlocks,
                      mlir::ValueRange sums);
  void storeSums(const SlicedDot &dot, mlir::ValueRange sums);
};

} // namespace g4

#endif // G4_CODEGEN_GPU_AMDLOWERING_H
