//===- TileLowering.h - What all targets share of lowering g4t --*- C++ -*-===//
//
// Walks a g4t.kernel and writes, for one thread, the same program on registers:
// short vectors, scalars and LLVM pointers. A CPU core is a block of one
// thread, so loads, stores, element-wise ops, broadcasts and loops are the same
// code for a CPU and a GPU; what differs are the hooks: dots, scratch,
// barriers, sums across threads, async copies.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_COMMON_TILELOWERING_H
#define G4_CODEGEN_COMMON_TILELOWERING_H

#include "codegen/common/RegisterLayout.h"
#include "runtime/artifact/WeightFormat.h"

#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/IRMapping.h"

namespace g4 {

/// Numbers of f8E4M3 are made as f16, whose exponents count from 8 less: they
/// are this many times too small.
inline constexpr float kF8Factor = 256;

class TileLowering {
public:
  virtual ~TileLowering() = default;

  /// Lowers the ops of the kernel's block at the insertion point of `b`; its
  /// arguments must have been bound. Errors are reported on the op.
  mlir::LogicalResult lowerBody(tile::KernelOp kernel);

  /// Bytes of scratch that the body needs; known after lowerBody().
  int64_t scratchBytes() const { return scratchBytes_; }

  void bindScalar(mlir::Value from, mlir::Value to) { scalars_.map(from, to); }
  void bindPointer(mlir::Value from, mlir::Value to) { pointers_[from] = to; }

protected:
  using Value = mlir::Value;
  using Registers = llvm::SmallVector<mlir::Value>;

  TileLowering(mlir::OpBuilder &b, mlir::Location loc, int64_t warpSize)
      : b(b), loc(loc), warpSize_(warpSize) {}

  // Hooks.
  /// The thread's number as index; null on one thread.
  virtual Value threadId() { return {}; }
  virtual int64_t numThreads() const { return 1; }
  /// A pointer to `offset` bytes into the item's scratch.
  virtual Value scratchPointer(int64_t offset) = 0;
  /// Alignment that an access of `length` elements may claim.
  virtual int64_t alignmentOf(mlir::MemRefType memory, int64_t length);
  /// Combines what the threads along each row hold, a scalar a row of
  /// registers; same result in all of them.
  virtual void reduceAcrossThreads(tile::ReduceKind kind, Registers &scalars,
                                   const RegisterLayout &layout) {}
  virtual void emitBarrier() {}
  /// i1: whether this item is the last of `count` (i32) at the counter.
  /// Default: by the one thread of the item.
  virtual Value emitArrive(Value counter, Value count);
  /// The i32 at `counter` before one is added to it, with acquire and release
  /// between all items of the launch.
  virtual Value emitIncrement(Value counter);
  /// Default: accumulators in registers, fused multiply-adds.
  virtual mlir::LogicalResult emitDot(tile::DotOp op);
  virtual mlir::LogicalResult emitDotPacked(tile::DotPackedOp op);
  /// sum + x.even * w.even + x.odd * w.odd of words that hold two bf16.
  virtual Value dotPairs(Value x, Value w, Value sum);
  /// Nibbles r and r + 4 of each word minus `zero`, as addInt4Pair() takes
  /// them: a pair of neighbouring columns of the weight. Default: two vectors
  /// of f32.
  virtual Registers unpackInt4Pair(Value words, int64_t r, int zero);
  /// sum + x.even * w.even + x.odd * w.odd, with x words that hold two bf16.
  virtual Value addInt4Pair(Value x, const Registers &w, Value sum);
  /// Sums of products of bytes, kept as the target likes: none; null if the
  /// target has no instruction for them.
  virtual Value noProducts() { return {}; }
  /// products, null for none, + the sums of w[4i + b] * x[4i + b] over bytes b
  /// of each word i, w unsigned, x signed.
  virtual Value addProducts(Value products, Value w, Value x) {
    return products;
  }
  /// Products that begin with a number of words; null where words hold several
  /// sums, as long as they are not folded.
  virtual Value productsFrom(Value words) { return {}; }
  /// The sums as words.
  virtual Value foldProducts(Value products) { return products; }
  /// How often addProducts() may add before a fold, for bytes w up to
  /// `largest`.
  virtual int64_t productsAtOnce(int64_t largest) const { return 1; }
  /// Too few vector registers for the bytes of a chunk of weights and the sums
  /// of several rows.
  virtual bool hasFewRegisters() const { return false; }
  /// The same number, made before whatever follows: where registers are few,
  /// what it is made of must not live on.
  virtual Value madeHere(Value x) { return x; }
  /// Asks for what lies after `pointer`, which a dot with so many rows of x
  /// will read soon: one of so many streams.
  virtual void prefetchWeight(Value pointer, size_t numStreams,
                              size_t numRows) {}
  /// Alignment that a read of `bytes` of a packed weight may claim.
  virtual int64_t weightAlignment(int64_t bytes) { return bytes; }
  virtual mlir::LogicalResult emitCopyAsync(tile::CopyAsyncOp op) = 0;
  virtual void emitCommitAsync() {}
  virtual void emitWaitAsync(int64_t pending) {}

  // Words for the hooks.
  int64_t warpSize() const { return warpSize_; }
  mlir::FailureOr<RegisterLayout> layoutOf(mlir::Value tile);
  const Registers &registersOf(Value tile) { return tiles_[tile]; }
  void setRegisters(Value tile, Registers registers) {
    tiles_[tile] = std::move(registers);
  }
  Value scalar(Value value) { return scalars_.lookup(value); }
  Registers scalars(mlir::ValueRange values);
  Value pointerOf(Value memory) { return pointers_[memory]; }
  Value index(int64_t value);
  Value addIndex(Value a, Value x);
  Value mulIndex(Value a, int64_t x);
  Value divIndex(Value a, int64_t x);
  Value remIndex(Value a, int64_t x);
  /// Combines two values (scalars or vectors) of a reduction.
  Value combine(tile::ReduceKind kind, Value x, Value y);
  /// Row-major place of `at` in memory of this shape, in elements.
  Value linearIndex(llvm::ArrayRef<int64_t> shape, mlir::ValueRange at);
  Value linearIndex(mlir::MemRefType memory, mlir::ValueRange at) {
    return linearIndex(memory.getShape(), at);
  }
  /// base + index elements of `element`.
  Value address(Value base, Value index, mlir::Type element);
  Value addBytes(Value pointer, int64_t bytes);
  Value loadVector(Value pointer, mlir::Type type, int64_t alignment);
  void storeVector(Value vector, Value pointer, int64_t alignment);
  Value splatVector(Value scalar, int64_t length);
  Value zeroVector(mlir::VectorType type);
  /// 0, 1, 2 .. as i32.
  Value countingVector(int64_t length);
  /// One step of a dot: new accumulators from old ones, at step `i`.
  using Step =
      llvm::function_ref<Registers(Value i, mlir::ValueRange accumulators)>;
  mlir::LogicalResult emitSteps(Value acc, Value result, int64_t numSteps,
                                Step step) {
    return emitSteps(acc, result, index(numSteps), step);
  }
  mlir::LogicalResult emitSteps(Value acc, Value result, Value numSteps,
                                Step step);
  std::pair<Value, Value> widenPairs(Value words);
  /// A vector of i32 constants of the type of `like`.
  Value splatWord(Value like, uint32_t value);
  /// Reserves scratch, aligned to 128 bytes.
  int64_t reserveScratch(int64_t bytes);
  /// Runs `body` where `condition` (i1) holds; a null condition always does.
  void guarded(Value condition, llvm::function_ref<void()> body);

  mlir::OpBuilder &b;
  mlir::Location loc;

private:
  mlir::LogicalResult lowerBlock(mlir::Block &block);
  mlir::LogicalResult lowerOp(mlir::Operation *op);
  mlir::LogicalResult lowerFor(mlir::scf::ForOp op);
  mlir::LogicalResult lowerIf(mlir::scf::IfOp op);
  mlir::LogicalResult lowerSingle(tile::SingleOp op);
  mlir::LogicalResult lowerForEach(tile::ForEachOp op);
  mlir::LogicalResult lowerElementwise(mlir::Operation *op);
  mlir::LogicalResult lowerReduce(tile::ReduceOp op);
  mlir::LogicalResult lowerBroadcast(tile::BroadcastOp op);
  mlir::LogicalResult lowerIota(tile::IotaOp op);
  mlir::LogicalResult lowerSplat(tile::SplatOp op);
  mlir::LogicalResult lowerScratch(tile::ScratchOp op);
  mlir::LogicalResult lowerLoad(tile::LoadOp op);
  mlir::LogicalResult lowerStore(tile::StoreOp op);
  mlir::LogicalResult lowerUnpack(tile::UnpackOp op);
  mlir::LogicalResult lowerQuantize(tile::QuantizeOp op);
  void quantizeGroup(mlir::ArrayRef<Value> halves, Value dest);
  void lowerArrive(tile::ArriveOp op);
  mlir::LogicalResult lowerMemrefLoad(mlir::memref::LoadOp op);
  mlir::LogicalResult lowerMemrefStore(mlir::memref::StoreOp op);

  // Dots.
  struct PackedStep {
    const RegisterLayout &layout;
    Registers rows, columns; // pointers
    int64_t panel;
  };
  Registers rowPointers(Value memory, mlir::ValueRange at,
                        const RegisterLayout &layout);
  Registers weightPointers(tile::DotPackedOp op, const RegisterLayout &layout);
  mlir::LogicalResult emitDotOfRows(tile::DotOp op,
                                    const RegisterLayout &layout);
  Value loadAsF32(Value row, Value k, mlir::VectorType type);
  Value loadScalarAsF32(Value row, Value k, mlir::Type element);
  Registers stepColumn(const PackedStep &s, mlir::Type element, Value k,
                       mlir::ValueRange acc);
  Registers stepBf16(const PackedStep &s, Value pair, mlir::ValueRange acc);

  // Dots with weights that have scales (TileDotScaled.cpp).
  struct ScaledDot;
  struct ScaledWord;
  mlir::LogicalResult emitDotScaled(tile::DotPackedOp op,
                                    const RegisterLayout &layout);
  mlir::LogicalResult emitRowScaled(tile::DotPackedOp op, const ScaledDot &s,
                                    int64_t numUnits);
  Registers panelPointers(tile::DotPackedOp op, const RegisterLayout &layout,
                          int64_t laneBytes);
  Registers unpackInt6Pair(Value low, Value high, int64_t r, int64_t parity);
  Value numbersOfBytes(Value codes, artifact::NumberType element);
  void prefetchRest(const ScaledDot &s, Value unit);
  Registers loadWord(const ScaledDot &s, const ScaledWord &w, size_t j);
  Registers pairOfWord(const ScaledDot &s, const ScaledWord &w,
                       const Registers &vectors, size_t j, int64_t r);
  Registers scaledWord(const ScaledDot &s, const ScaledWord &w,
                       mlir::ValueRange acc);
  Registers scaledWords(const ScaledDot &s, ScaledWord w, int64_t count,
                        const Registers &acc);
  Value loadScales(const ScaledDot &s, Value pointer, Value at, int64_t length);
  Registers loadGroups(const ScaledDot &s, Value unit, size_t j, int64_t first);
  Registers scalesOfUnit(const ScaledDot &s, Value unit, size_t j);
  Registers minimaOfUnit(const ScaledDot &s, Value unit, size_t j);
  Registers zeroSums(const ScaledDot &s);
  Registers stepGroups(const ScaledDot &s, Value unit, mlir::ValueRange acc);
  Registers stepMinima(const ScaledDot &s, Value unit, mlir::ValueRange acc);

  // Dots of integers (TileDotIntegers.cpp).
  struct IntegerChunk;
  Registers bytesOfWord(const ScaledDot &s, const ScaledWord &w, size_t j);
  Registers addWord(const ScaledDot &s, const IntegerChunk &chunk, size_t j,
                    Value word, int64_t parity, mlir::ValueRange products);
  Registers sumsOfChunk(const ScaledDot &s, const IntegerChunk &chunk, size_t j,
                        mlir::ValueRange starts);
  struct ChunkRow;
  ChunkRow loadChunkRow(const ScaledDot &s, const IntegerChunk &chunk,
                        Value group, int64_t length);
  Value addScaled(Value total, Value integers, Value scaleOfRow,
                  Value scaleOfWeight);
  Registers stepChunk(const ScaledDot &s, const IntegerChunk &chunk,
                      mlir::ValueRange acc);
  Registers stepIntegers(const ScaledDot &s, Value unit, mlir::ValueRange acc);

  // Memory.
  struct Access;
  int64_t alignmentOf(const Access &access, int64_t length);
  template <typename Op>
  Access accessOf(Op op, Value memory);
  Value rowExists(const Access &access, Value row);
  Value columnMask(const Access &access, Value col, int64_t length);
  Registers loadRow(const Access &access, const RegisterLayout &layout,
                    Value row);
  Registers loadRowIf(Value exists, const Access &access,
                      const RegisterLayout &layout, Value row);
  Value loadRegister(const Access &access, Value row, Value col,
                     mlir::VectorType type);
  void storeRegister(const Access &access, Value row, Value col, Value vector);
  void storeTransposed(const Access &access, Value col, Value vector);

  // Rows of packed weights (TileUnpack.cpp).
  struct PackedRow;
  PackedRow packedRow(tile::UnpackOp op);
  Value unitOf(const PackedRow &row, Value col);
  Value placeInOrder(const artifact::PlaceOrder &order, Value row, Value col);
  Value loadPlain(const PackedRow &row, Value col);
  Value loadScaled(const PackedRow &row, Value col);
  Value loadBits(Value pointer, Value place, int64_t bits);
  Value numberOfCode(const artifact::WeightFormat &format, Value code);
  Value loadPacked(const PackedRow &row, Value col, Value exists);
  Registers memoryIndices(const Access &access, Value row, Value col);

  int64_t warpSize_;
  int64_t scratchBytes_ = 0;
  mlir::IRMapping scalars_;
  llvm::DenseMap<Value, Value> pointers_;
  llvm::DenseMap<Value, Registers> tiles_;
};

} // namespace g4

#endif // G4_CODEGEN_COMMON_TILELOWERING_H
