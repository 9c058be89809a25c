//===- LinearKernel.h - What the forms of the linear kernel share -*- C++ -*-=//
//
// The parameters, the work item and the epilogue of buildLinear(). A form says
// what an item does in between: Linear.cpp (rows of x in scratch, dots in
// registers), SlicedLinear.cpp and StagedLinear.cpp (tensor cores).
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_TILE_KERNELS_LINEARKERNEL_H
#define G4_COMPILER_TILE_KERNELS_LINEARKERNEL_H

#include "compiler/tile/kernels/Kernels.h"

namespace g4 {

class LinearKernel {
public:
  virtual ~LinearKernel() = default;

  tile::KernelOp build();

protected:
  using Value = mlir::Value;
  using Values = KernelBuilder::Values;

  /// `inBlocks`: rows of x and the norm's weight are parameters with rows of 64
  /// columns, so that one load can take a block of each slice.
  LinearKernel(mlir::OpBuilder &b, mlir::Location loc, llvm::StringRef name,
               const LinearSpec &spec, const LinearConfig &config,
               bool inBlocks);

  /// Makes scratch; in the kernel's own block.
  virtual void declareScratch() = 0;
  /// From rows [first_, ..) of x to column tiles gridY() of y.
  virtual void item() = 0;

  bool isGated() const { return spec_.epilogue == graph::Epilogue::GeluGated; }
  /// Rows of w between a gate's row and its up projection's.
  int64_t gateRows() const { return weightRows() / 2; }
  int64_t weightRows() const {
    return spec_.weight.getDimSize(spec_.weight.getRank() - 2);
  }
  /// [expert,] row, depth of w.
  Values weightPlace(Value row, Value depth);
  /// Which row of x is the item's row m: an index into rowMap() where there is
  /// one.
  Value inputRow(Value m);
  Value rowMap() const { return map_ ? map_ : tokens_; }
  /// z and, where gated, the result of the second half of w.
  Value epilogue(Value z, Value up);
  void storeOutput(Value tile) { k_.store(tile, y_, outputPlace()); }

  const LinearSpec &spec_;
  const LinearConfig &config_;
  KernelBuilder k_;
  Value x_, w_, y_, numRows_, norm_;
  // Of the item: first row of its tile (an index into the map or order where
  // there is one), end of the rows, expert, first column.
  Value first_, end_, expert_, col_;

private:
  static llvm::SmallVector<mlir::Type>
  paramTypes(mlir::OpBuilder &b, const LinearSpec &spec, bool inBlocks);
  Value next() { return k_.param(nextParam_++); }
  void takeParams();
  KernelBuilder::Place outputPlace();
  Value upTile();

  unsigned nextParam_ = 0;
  Value up_, map_, experts_;
  Value tileExperts_, tileBegins_, tileEnds_, numTiles_, order_, tokens_;
};

// The forms.
tile::KernelOp buildSlicedLinear(mlir::OpBuilder &b, mlir::Location loc,
                                 llvm::StringRef name, const LinearSpec &spec,
                                 const LinearConfig &config);
tile::KernelOp buildStagedLinear(mlir::OpBuilder &b, mlir::Location loc,
                                 llvm::StringRef name, const LinearSpec &spec,
                                 const LinearConfig &config);

} // namespace g4

#endif // G4_COMPILER_TILE_KERNELS_LINEARKERNEL_H
