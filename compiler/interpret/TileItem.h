//===- TileItem.h - One work item of an interpreted kernel ------*- C++ -*-===//

#ifndef G4_COMPILER_INTERPRET_TILEITEM_H
#define G4_COMPILER_INTERPRET_TILEITEM_H

#include "compiler/interpret/TileInterpreter.h"

#include "llvm/ADT/DenseMap.h"

#include <optional>
#include <string>

namespace g4 {

/// A tile, row-major. i1 and i32 elements are whole doubles.
struct TileValue {
  int64_t rows = 0, cols = 0;
  std::vector<double> elements;

  double &at(int64_t r, int64_t c) { return elements[r * cols + c]; }
  double at(int64_t r, int64_t c) const { return elements[r * cols + c]; }
};

/// What an SSA value holds: a number (index, integer or float), a tile, or
/// memory.
using ItemValue = std::variant<double, TileValue, HostArray>;

/// Runs the ops of one work item. Errors are kept; the first one counts.
class TileItem {
public:
  TileItem(Precision precision) : precision_(precision) {}

  void bind(mlir::Value value, ItemValue what) {
    values_[value] = std::move(what);
  }
  void run(mlir::Block &block);
  const std::optional<std::string> &error() const { return error_; }

private:
  void execute(mlir::Operation *op);
  bool executeScalarOrElementwise(mlir::Operation *op);
  bool executeTileOp(mlir::Operation *op);
  bool executeMemoryOp(mlir::Operation *op);
  void executeFor(mlir::scf::ForOp op);
  void executeIf(mlir::scf::IfOp op);
  llvm::SmallVector<ItemValue> runRegion(mlir::Block &block);

  void forEach(tile::ForEachOp op);
  void reduce(tile::ReduceOp op);
  void broadcast(tile::BroadcastOp op);
  void iota(tile::IotaOp op);
  void dot(tile::DotOp op);
  void dotPacked(tile::DotPackedOp op);
  void dotSlices(tile::DotPackedOp op);
  void scratch(tile::ScratchOp op);
  void load(tile::LoadOp op);
  void store(tile::StoreOp op);
  void storeColumn(tile::StoreOp op);
  void storeTransposed(tile::StoreOp op);
  struct TileAccess;
  template <typename Op>
  TileAccess accessOf(Op op);
  void forElements(
      const TileAccess &access, int64_t rows, int64_t cols,
      llvm::function_ref<void(int64_t r, int64_t c, llvm::ArrayRef<int64_t> at)>
          body);
  void unpack(tile::UnpackOp op);
  void copyAsync(tile::CopyAsyncOp op);
  struct UnitRows;
  UnitRows unitRows(tile::CopyAsyncOp op);
  void copyUnits(tile::CopyAsyncOp op);
  void arrive(tile::ArriveOp op);

  double number(mlir::Value value) { return std::get<double>(values_[value]); }
  int64_t integer(mlir::Value value) {
    return static_cast<int64_t>(number(value));
  }
  TileValue &tile(mlir::Value value) {
    return std::get<TileValue>(values_[value]);
  }
  llvm::SmallVector<int64_t> integers(mlir::ValueRange range);
  TileValue emptyTile(mlir::Value value);
  double rounded(double value, mlir::Type type) const;

  double readMemory(mlir::Value memory, llvm::ArrayRef<int64_t> at);
  void writeMemory(mlir::Value memory, llvm::ArrayRef<int64_t> at,
                   double value);
  double readWord(mlir::Value list, int64_t index);
  double readWeight(mlir::Value weight, llvm::ArrayRef<int64_t> at);
  double readB(tile::DotOp op, llvm::ArrayRef<int64_t> at, int64_t k,
               int64_t c);
  bool inBounds(const HostArray &array, int64_t index);
  void fail(const llvm::Twine &message);

  Precision precision_;
  llvm::DenseMap<mlir::Value, ItemValue> values_;
  std::vector<HostBuffer> scratch_;
  mlir::Operation *current_ = nullptr;
  std::optional<std::string> error_;
};

} // namespace g4

#endif // G4_COMPILER_INTERPRET_TILEITEM_H
