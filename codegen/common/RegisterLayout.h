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

  bool isMma() const { return isMma_; }
  bool isTransposed() const { return isTransposed_; }
  int64_t warpSize() const { return warpSize_; }
  /// Thread (or warp, for mma) grid.
  int64_t gridRows() const { return gridRows_; }
  int64_t gridCols() const { return gridCols_; }

private:
  mlir::LogicalResult setBlocked(tile::BlockedAttr layout);
  mlir::LogicalResult setMma(tile::MmaAttr layout);
  mlir::LogicalResult setTransposedMma();

  int64_t rows_ = 0, cols_ = 0;
  mlir::Type element_;
  bool isMma_ = false, isTransposed_ = false;
  int64_t warpSize_ = 1;
  int64_t gridRows_ = 1, gridCols_ = 1, vec_ = kCpuVectorLength;
  int64_t rowRegisters_ = 1, colRegisters_ = 1, colThreads_ = 1;
};

} // namespace g4

#endif // G4_CODEGEN_COMMON_REGISTERLAYOUT_H
