//===- KernelBuilder.h - Writes one g4t.kernel ------------------*- C++ -*-===//
//
// The words in which the kernel builders beside this file are written: index
// arithmetic, tiles, loops over the columns of a row. One builder function
// makes the program for every target; what differs is the TileConfig and the
// numbers of the kernel's own config.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_TILE_KERNELS_KERNELBUILDER_H
#define G4_COMPILER_TILE_KERNELS_KERNELBUILDER_H

#include "dialects/tile/Tile.h"
#include "runtime/artifact/ProgramLimits.h"

#include "mlir/IR/Builders.h"

#include <functional>

namespace g4 {

/// How tiles of element-wise work lie on a target.
struct TileConfig {
  /// Layout of every tile that no mma makes; null where one thread has all.
  mlir::Attribute layout = {};
  int64_t threads = 1;
  /// Columns of one tile when a row is walked.
  int64_t colBlock = 64;
};

/// A position inside a row: columns [col, col + width), of which those below
/// `bound` exist; a null bound means all do.
struct ColumnBlock {
  mlir::Value col;
  int64_t width;
  mlir::Value bound;
};

/// Below every score and every logit, and finite, so that differences of it are
/// not NaN. The runtime knows it as the logit that is none.
inline constexpr double kMinusInfinity = g4rt::kNoLogit;

/// memref<?xi32>: what every list of indices is.
mlir::MemRefType wordsType(mlir::OpBuilder &b);

/// Builds the body of one kernel. The insertion point stays in the kernel.
class KernelBuilder {
public:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<mlir::Value>;

  KernelBuilder(mlir::OpBuilder &outer, mlir::Location loc,
                llvm::StringRef name, mlir::TypeRange params,
                const TileConfig &config);

  tile::KernelOp finish();

  Value param(unsigned index) { return kernel_.getParams()[index]; }
  unsigned numParams() { return kernel_.getParams().size(); }
  Value gridX() { return kernel_.getGridX(); }
  Value gridY() { return kernel_.getGridY(); }
  mlir::OpBuilder &builder() { return b_; }
  mlir::Location loc() const { return loc_; }

  // Index arithmetic; constants fold.
  Value index(int64_t value);
  Value add(Value a, Value b);
  Value add(Value a, int64_t b) { return add(a, index(b)); }
  Value sub(Value a, Value b);
  Value mul(Value a, int64_t b);
  Value mul(Value a, Value b);
  Value div(Value a, int64_t b);
  Value rem(Value a, Value b);
  Value max(Value a, Value b);
  Value min(Value a, Value b);
  Value less(Value a, Value b);
  /// Of two indices, or element-wise of two i32 tiles.
  Value compare(mlir::arith::CmpIPredicate predicate, Value a, Value b);
  Value select(Value condition, Value yes, Value no);
  /// i32 memory as an index.
  Value loadIndex(Value memory, mlir::ValueRange at);
  /// An index into i32 memory; inside single() and forEach() only.
  void storeIndex(Value value, Value memory, mlir::ValueRange at);
  Value toI32(Value index);

  // Tiles.
  /// From here on tiles are made in this layout.
  void useLayout(mlir::Attribute layout) { config_.layout = layout; }
  mlir::RankedTensorType tileType(int64_t rows, int64_t cols,
                                  mlir::Type element = {});
  Value constant(int64_t rows, int64_t cols, double value);
  Value constantI32(int64_t rows, int64_t cols, int64_t value);
  Value splat(int64_t rows, int64_t cols, Value scalar);
  /// An f32.
  Value scalar(double value);
  Value iota(int64_t rows, int64_t cols, int64_t dim);
  /// Repeats [R, 1] or [1, C] to [rows, cols]; no op where it has that shape.
  Value broadcast(Value tile, int64_t rows, int64_t cols);
  Value reduce(tile::ReduceKind kind, Value tile);
  // Element-wise, f32, of equal shapes; a [R, 1], [1, C] or [1, 1] operand is
  // broadcast to the shape of the first. Add to divide and exp take scalars,
  // too.
  Value addf(Value a, Value b);
  Value subf(Value a, Value b);
  Value mulf(Value a, Value b);
  Value divf(Value a, Value b);
  /// a * b + sum, rounded once.
  Value fma(Value a, Value b, Value sum);
  Value maxf(Value a, Value b);
  Value exp(Value x);
  Value scaled(Value x, double factor);
  /// gelu_tanh(gate) * up.
  Value geluMul(Value gate, Value up);
  /// cap * tanh(x / cap).
  Value softcap(Value x, double cap);
  /// (sum / n + epsilon)^(-1/2), [R, 1].
  Value inverseRms(Value sumOfSquares, int64_t n, double epsilon);

  // Memory. Loads widen to f32, stores narrow to the memory's element type.
  struct Place {
    Values at;
    Value rowMap{}, rowOffset{}, rowBound{}, colBound{};
    int64_t rowStride = 1;
  };
  Value scratch(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  Value load(Value memory, const Place &place, int64_t rows, int64_t cols);
  void store(Value tile, Value memory, const Place &place,
             bool transposed = false);
  /// g4t.quantize of a row's columns from `col` on.
  void quantize(Value tile, Value memory, Value row, Value col);
  Value loadI32(Value memory, const Place &place, int64_t rows, int64_t cols);
  /// Rows of a g4t.copy_async beyond `rowBound` are zeros.
  void copyAsync(Value source, mlir::ValueRange at, Value dest,
                 mlir::ValueRange to, int64_t rows, int64_t cols,
                 Value rowBound = {});
  void commitAsync();
  void waitAsync(int64_t pending);
  Value dot(Value acc, Value a, mlir::ValueRange atA, Value b,
            mlir::ValueRange atB, tile::OperandOrder order, int64_t depth);
  void barrier();
  /// i1: this item is the last of `count` at counter[index].
  Value arrive(Value counter, Value index, Value count);
  void single(const std::function<void()> &body);

  // Control flow.
  void forLoop(Value from, Value to, int64_t step,
               const std::function<void(Value)> &body);
  Values forLoop(Value from, Value to, int64_t step, mlir::ValueRange inits,
                 const std::function<Values(Value, mlir::ValueRange)> &body);
  /// g4t.for_each: scalar code for each number below `count`, in any order.
  void forEach(Value count, const std::function<void(Value)> &body);
  void forEach(int64_t count, const std::function<void(Value)> &body) {
    forEach(index(count), body);
  }
  void ifTrue(Value condition, const std::function<void()> &body);
  void ifElse(Value condition, const std::function<void()> &yes,
              const std::function<void()> &no);

  /// Calls `body` for every block of a row of `cols` columns: in a loop for the
  /// whole blocks, then once for the rest.
  void columns(int64_t cols, const std::function<void(ColumnBlock)> &body);
  /// The sums over all columns of what `body` gives for a block ([rows, width]
  /// each); [rows, 1] each.
  Values columnSums(int64_t cols, size_t numSums,
                    const std::function<Values(ColumnBlock)> &body,
                    int64_t rows = 1);
  /// The largest magnitude in all columns, [rows, 1], of what `body` gives for
  /// a block.
  Value columnMagnitude(int64_t cols,
                        const std::function<Value(ColumnBlock)> &body,
                        int64_t rows = 1);

  mlir::Type f32() { return b_.getF32Type(); }
  /// How tiles lie that are made from now on.
  void setLayout(mlir::Attribute layout) { config_.layout = layout; }

private:
  std::pair<Value, Value> matched(Value a, Value b);
  Values columnFold(tile::ReduceKind kind, int64_t cols, size_t count,
                    const std::function<Values(ColumnBlock)> &body,
                    int64_t rows);

  TileConfig config_;
  mlir::Location loc_;
  tile::KernelOp kernel_;
  mlir::OpBuilder b_;
};

} // namespace g4

#endif // G4_COMPILER_TILE_KERNELS_KERNELBUILDER_H
