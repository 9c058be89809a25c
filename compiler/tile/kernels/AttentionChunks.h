//===- AttentionChunks.h - The builder of attention by chunks ---*- C++ -*-===//
//
// Rows, slices and chunks: AttentionChunks.cpp. What becomes of a chunk:
// AttentionFolds.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_TILE_KERNELS_ATTENTIONCHUNKS_H
#define G4_COMPILER_TILE_KERNELS_ATTENTIONCHUNKS_H

#include "compiler/tile/kernels/Kernels.h"

namespace g4 {

class ChunkedAttention {
public:
  /// Attention by pages has all up to Y.
  enum Param {
    Q,
    Keys,
    CacheValues,
    Table,
    Width,
    Positions,
    Slots,
    VisibleEnds,
    FirstRows,
    NumRows,
    Y,
    Partials,
    PartialStats,
    Counters
  };

  ChunkedAttention(mlir::OpBuilder &b, mlir::Location loc, llvm::StringRef name,
                   const AttentionSpec &spec, const AttentionConfig &config)
      : spec_(spec), config_(config),
        keySlices_(keySlicesOf(spec, config.sliceCols)),
        k_(b, loc, name, paramTypes(b, spec, config), config.tile) {}

  tile::KernelOp build();

  /// Slices of a chunk, keys and values; columns of the staged queries.
  static int64_t numSlices(const AttentionSpec &spec, int64_t sliceCols);
  static int64_t queryCols(const AttentionSpec &spec, int64_t sliceCols);

private:
  using Value = mlir::Value;
  using Values = KernelBuilder::Values;
  using Place = KernelBuilder::Place;
  /// What becomes of a chunk: its m and l, then its columns of O, in order.
  struct Sink {
    std::function<void(Value m, Value l)> stats;
    std::function<void(int64_t slice, Value output)> slice;
  };
  using Visit = std::function<void(const Sink &)>;
  /// Part of the sum of scores: columns [col, col + cols) of keys or values
  /// times those of the staged queries from queryCol on. No columns: nothing.
  struct KeySlice {
    Param param;
    int64_t col, queryCol, cols;
  };
  /// Takes a chunk's number, the carried values and a function that visits the
  /// chunk; gives the next values.
  using Body =
      std::function<Values(Value chunk, mlir::ValueRange, const Visit &)>;
  /// m and l after a fold, and the factors of the old and the new output.
  struct Fold {
    Value m, l, old, fresh;
  };

  static llvm::SmallVector<KeySlice> keySlicesOf(const AttentionSpec &spec,
                                                 int64_t width);
  static llvm::SmallVector<mlir::Type>
  paramTypes(mlir::OpBuilder &b, const AttentionSpec &spec,
             const AttentionConfig &config);
  void declareScratch();
  void findRange();
  void findRows();
  void findRowsOfTokens();
  Place rowsAt(Value col);
  void stageQueries();
  void stageRotatedQueries();
  Value withoutRotated(Value q, Value col);

  Values pagesOf(Value chunk);
  void issue(int64_t slice, mlir::ValueRange pages);
  void stageQuantized(const KeySlice &from, int64_t firstRow,
                      mlir::ValueRange pages);
  void advance(int64_t slice, mlir::ValueRange pages,
               mlir::ValueRange nextPages, Value hasNext);
  Value visibleMask(Value chunk);
  void visitChunk(Value chunk, mlir::ValueRange pages,
                  mlir::ValueRange nextPages, Value hasNext, const Sink &sink);
  Values forChunks(Value from, int64_t step, mlir::ValueRange inits,
                   const Body &body);

  Fold fold(Value m, Value l, Value chunkM, Value chunkL);
  Value foldOutput(Value output, Value chunkOutput, const Fold &fold);
  void takeAllChunks();
  void takeSomeChunks(Value split);
  void storePartial(Value chunk, const Visit &visit);
  Value partialRow(Value chunk);
  void foldPartials();
  mlir::Attribute foldLayout(int64_t &rows);

  int64_t numRows() const { return config_.scoreRows(); }
  int64_t pageSize() const { return spec_.cache.pageSize; }
  int64_t headDim() const { return spec_.cache.headDim; }
  int64_t chunk() const { return config_.chunk; }
  int64_t width() const { return config_.sliceCols; }
  int64_t numKeySlices() const { return keySlices_.size(); }
  int64_t numValueSlices() const { return headDim() / width(); }
  int64_t numSlices() const { return numKeySlices() + numValueSlices(); }
  int64_t numPages() const { return chunk() / pageSize(); }
  bool isQuantized() const;

  const AttentionSpec &spec_;
  const AttentionConfig &config_;
  const llvm::SmallVector<KeySlice> keySlices_;
  KernelBuilder k_;
  Value queries_, probabilities_, stages_; // scratch
  Value rowMap_, tokenMap_; // scratch, of tiles of several tokens
  Value firstRow_, numTokens_, slot_, firstHead_, kvHead_, group_;
  Value begin_, end_;           // positions that some row of the item sees
  Value firstChunk_, endChunk_; // numbers of chunks
  Value begins_, ends_;         // i32 [R, 1]: positions that each row sees
};

} // namespace g4

#endif // G4_COMPILER_TILE_KERNELS_ATTENTIONCHUNKS_H
