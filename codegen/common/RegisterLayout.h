//===- RegisterLayout.h - The registers that hold a tile --------*- C++ -*-===//
//
// A thread holds a tile as a grid of registers, each a short vector of
// neighbouring columns of one row:
//
//   tensor<4x64xf32> on one thread (a CPU):      4 x 4 registers of 16
//   tensor<4x512xf32, #g4t.blocked<2, 64, vec = 4>>, 128 threads: 2 x 2 of 4
//   tensor<16x64xf32, #g4t.mma<1, 4>>, 4 warps:  2 x 2 of 2
//   tensor<16x64xf32, #g4t.mma<1, 4, transposed = true>>, 4 warps:  4 x 2 of 1
//
// Row i and column j of that grid lie at rowOf(i), colOf(j), which depend on
// the thread. A dimension of size 1 is one register (row or column), held by
// every thread along it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_COMMON_REGISTERLAYOUT_H
#define G4_CODEGEN_COMMON_REGISTERLAYOUT_H

#include "dialects/tile/Tile.h"

#include "mlir/IR/Builders.h"

namespace g4 {

/// Registers of a vector's length on a CPU, whatever its vector width: LLVM
/// splits what is too wide.
inline constexpr int64_t kCpuVectorLength = 16;

/// Some of the bits of a lane's number, side by side.
struct LaneBits {
  int64_t first = 0, count = 0;
};

/// The sum of steps[i] over the bits i that `number`, an index of as many bits
/// as there are steps, has set.
mlir::Value offsetOfBits(mlir::Value number, llvm::ArrayRef<int64_t> steps,
                         mlir::OpBuilder &b, mlir::Location loc);

/// Layout of one tile type, as numbers; no values yet.
class RegisterLayout {
public:
  /// Fails, without a message, if the tile does not divide over the threads.
  static mlir::FailureOr<RegisterLayout> of(mlir::RankedTensorType tile,
                                            int64_t warpSize);

  int64_t rowRegisters() const { return rowRegisters_; }
  int64_t colRegisters() const { return colRegisters_; }
  int64_t numRegisters() const { return rowRegisters_ * colRegisters_; }
  /// Columns in the registers of grid column j.
  int64_t lengthOf(int64_t j) const;
  mlir::VectorType vectorType(int64_t j) const;

  /// The place in the tile, as index values; `thread` is the thread's number,
  /// or null on one thread.
  mlir::Value rowOf(int64_t i, mlir::Value thread, mlir::OpBuilder &b,
                    mlir::Location loc) const;
  mlir::Value colOf(int64_t j, mlir::Value thread, mlir::OpBuilder &b,
                    mlir::Location loc) const;

  /// Threads that hold different columns of one row, and the distance in thread
  /// numbers between neighbours of them; 1 if a thread has the whole row.
  int64_t colThreads() const { return colThreads_; }
  /// i1: whether this thread is the one that stores; null if every thread's
  /// elements are its own.
  mlir::Value isOwner(mlir::Value thread, mlir::OpBuilder &b,
                      mlir::Location loc) const;

  bool isMma() const { return intrinsic_; }
  bool isTransposed() const { return isTransposed_; }
  int64_t warpSize() const { return warpSize_; }
  /// Thread (or warp, for mma) grid.
  int64_t gridRows() const { return gridRows_; }
  int64_t gridCols() const { return gridCols_; }

  // Of mma.
  const MatrixIntrinsic &intrinsic() const { return *intrinsic_; }
  /// Fragments along rows and columns of the tile that a warp has.
  int64_t rowFragments() const { return rowRegisters_ >> rowBits_.size(); }
  int64_t colFragments() const { return colRegisters_ >> colBits_.size(); }
  /// The register, and the number in it, of an element of a lane's part of the
  /// fragment at [row, col] of those.
  struct Slot {
    int64_t reg, number;
  };
  Slot slotOf(int64_t row, int64_t col, int64_t element) const;
  /// The lanes of a warp that hold different rows, or columns, of a fragment.
  LaneBits rowLanes() const { return rowLanes_; }
  LaneBits colLanes() const { return colLanes_; }
  /// The number that these bits of the thread's lane are, as index.
  mlir::Value laneNumber(LaneBits bits, mlir::Value thread, mlir::OpBuilder &b,
                         mlir::Location loc) const;

private:
  mlir::LogicalResult setBlocked(tile::BlockedAttr layout);
  mlir::LogicalResult setMma(tile::MmaAttr layout);
  void setFragmentBits();
  mlir::Value laneOffset(int64_t MatrixPlace::*of, mlir::Value thread,
                         mlir::OpBuilder &b, mlir::Location loc) const;

  int64_t rows_ = 0, cols_ = 0;
  mlir::Type element_;
  int64_t warpSize_ = 1;
  int64_t gridRows_ = 1, gridCols_ = 1, vec_ = kCpuVectorLength;
  int64_t rowRegisters_ = 1, colRegisters_ = 1, colThreads_ = 1;

  const MatrixIntrinsic *intrinsic_ = nullptr;
  bool isTransposed_ = false;
  FragmentLayout fragment_;
  int64_t fragmentRows_ = 1, fragmentCols_ = 1;
  /// What bit i of the number of a register adds, within a fragment.
  llvm::SmallVector<int64_t> rowBits_, colBits_;
  LaneBits rowLanes_, colLanes_;
};

} // namespace g4

#endif // G4_CODEGEN_COMMON_REGISTERLAYOUT_H
