//===- AmdWeightDot.h - Weights as AMD's lanes read them --------*- C++ -*-===//
//
// Weights lie in tiles of 16 x 16 in the order of mma m16n8k16: lane 4g + t of
// that has rows g and g + 8, columns 2t, 2t + 1, 2t + 8 and 2t + 9, in 16 bytes
// (of 4 bits: the same of four tiles). A lane of AMD's reads whole such pieces.
// It holds one row of an instruction, so the instruction runs twice on two
// panels: row i < 8 is row i of the first panel (the second time i + 8), row
// i >= 8 the same of the second. Which columns stand where along the depth does
// not matter, as long as the tokens stand alike.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_GPU_AMDWEIGHTDOT_H
#define G4_CODEGEN_GPU_AMDWEIGHTDOT_H

#include "codegen/common/Int4Units.h"
#include "codegen/gpu/AmdLowering.h"

namespace g4 {

/// Rows and columns of a tile, bytes of one of bf16, and of a lane's piece.
inline constexpr int64_t kWeightTile = 16, kTileBytes = 512, kPieceOfLane = 16;
/// Columns of a block, the unit of all loads: 4 tiles, or a unit of 4 bits.
inline constexpr int64_t kBlockCols = tile::DotPackedOp::kBlock;
/// Times that an instruction runs on one step of the depth.
inline constexpr int64_t kRuns = 2;

/// What is the same for all blocks of a weight.
struct AmdLowering::WeightDot {
  const MatrixIntrinsic &m;
  bool isInt4;
  artifact::NumberType scaleType;
  int64_t panelBytes; // from a panel to the next
  /// Pieces of a tile that a lane has.
  int64_t pieces;
  /// Bytes from a panel's block to the lane's first piece, to its scales.
  Value laneBytes, scaleBytes;
  bool isInvariant = false; // nobody writes the weight

  int64_t blockBytes() const {
    return isInt4 ? kInt4UnitBytes : kBlockCols / kWeightTile * kTileBytes;
  }
  int64_t stepsOfBlock() const { return kBlockCols / m.depth; }
};

/// A lane's part of a block of two panels.
struct AmdLowering::WeightBlock {
  Registers words;  // bf16: [tile][piece], 4 bits: [piece]; of 4 words
  Registers scales; // of 4 bits: two words for each accumulator of a run
};

} // namespace g4

#endif // G4_CODEGEN_GPU_AMDWEIGHTDOT_H
