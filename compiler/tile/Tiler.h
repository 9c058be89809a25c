//===- Tiler.h - Replaces fused ops by dispatches of kernels ----*- C++ -*-===//

#ifndef G4_COMPILER_TILE_TILER_H
#define G4_COMPILER_TILE_TILER_H

#include "compiler/tile/TargetConfig.h"
#include "dialects/exec/Exec.h"
#include "dialects/graph/Graph.h"

#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <string>

namespace g4 {

/// One bucket's part of a dispatch. A null kernel launches nothing.
struct BucketLaunch {
  tile::KernelOp kernel;
  exec::ExtentAttr gridX, gridY;
  llvm::SmallVector<mlir::Attribute> params;
};

/// "f32" or "bf16", of a cache: part of a kernel's name.
inline const char *elementText(mlir::Type type) {
  return type.isF32() ? "f32" : "bf16";
}

/// Tiles the function of one target's module. Kernels of equal sizes are built
/// once: a kernel's name says all its sizes.
class Tiler {
public:
  Tiler(mlir::ModuleOp module, tile::TargetAttr target);

  /// Errors are reported on the op that has no kernel.
  mlir::LogicalResult run();

private:
  using Value = mlir::Value;
  using BuildKernel =
      std::function<tile::KernelOp(mlir::OpBuilder &, llvm::StringRef)>;

  mlir::LogicalResult tileOp(mlir::Operation *op);
  mlir::LogicalResult tileEmbed(graph::EmbedOp op);
  mlir::LogicalResult tileFusedLinear(graph::FusedLinearOp op);
  mlir::LogicalResult tileQkvPrepare(graph::QkvPrepareOp op);
  mlir::LogicalResult tileAttention(graph::AttentionOp op);
  mlir::LogicalResult tileRouter(graph::RouterOp op);
  mlir::LogicalResult tileRows(graph::RowsOp op);

  // Weights.
  mlir::LogicalResult chooseLayouts();
  /// The kernels that make this module's synthetic weights at load.
  void addGenerators();
  graph::WeightOp weightOf(Value use);
  quant::WeightType weightType(Value use);
  mlir::Attribute weightParam(Value use);

  // Kernels and dispatches.
  tile::KernelOp kernel(llvm::StringRef name, const BuildKernel &build);
  /// A dispatch whose kernel and grid are the same in all buckets.
  exec::DispatchOp dispatchAlike(mlir::Operation *op, mlir::ValueRange operands,
                                 mlir::TypeRange results,
                                 llvm::ArrayRef<exec::ExtentAttr> resultRows,
                                 const BucketLaunch &launch,
                                 llvm::ArrayRef<int64_t> persistent = {});
  exec::DispatchOp dispatch(mlir::Operation *op, mlir::ValueRange operands,
                            mlir::TypeRange results,
                            llvm::ArrayRef<exec::ExtentAttr> resultRows,
                            llvm::ArrayRef<BucketLaunch> launches,
                            llvm::ArrayRef<int64_t> persistent = {});
  std::string labelOf(mlir::Operation *op);

  // Linears.
  struct LinearInput;
  LinearSpec linearSpec(graph::FusedLinearOp op, const LinearInput &input);
  Value quantizedRows(graph::FusedLinearOp op, LinearSpec &spec,
                      LinearInput &input);
  LinearConfig linearConfig(const LinearSpec &spec, const BucketConfig &bucket);
  llvm::SmallVector<mlir::Attribute> linearParams(graph::FusedLinearOp op,
                                                  const LinearSpec &spec,
                                                  const LinearInput &input);
  BucketLaunch linearLaunch(graph::FusedLinearOp op, LinearSpec spec,
                            const LinearInput &input,
                            const BucketConfig &bucket);
  /// tile_experts, tile_begins, tile_ends, num_tiles, order, tokens.
  llvm::SmallVector<Value> groupByExpert(graph::FusedLinearOp op);
  BucketLaunch groupLaunch(graph::FusedLinearOp op, const BucketConfig &bucket);
  bool usesGroups(const BucketConfig &bucket) const {
    return bucket.expertRowTile > 0 && !haveNoCommonTile();
  }
  /// Rows of a tile of assignments of one expert.
  int64_t expertRowTile(const BucketConfig &bucket) const {
    int64_t rows = usesGroups(bucket) ? bucket.expertRowTile : 1;
    return panelExperts_ ? std::min(rows, config_.maxPanelRows) : rows;
  }
  /// All linears of an expert share its tiles. Where the sizes of one of them
  /// do not suit the intrinsic, whose columns are more rows than a dot in
  /// registers has room for, each row goes to its experts by itself.
  bool haveNoCommonTile() const {
    return panelExperts_ && fragmentExperts_ &&
           config_.intrinsic->cols > config_.maxPanelRows;
  }

  BucketLaunch routerLaunch(graph::RouterOp op, const RouterSpec &spec,
                            const BucketConfig &bucket);

  // Attention.
  std::pair<Value, Value> ropeTables(graph::QkvPrepareOp op);
  AttentionConfig attentionConfig(const AttentionSpec &spec,
                                  const BucketConfig &bucket);
  BucketLaunch attentionLaunch(graph::AttentionOp op, const AttentionSpec &spec,
                               const AttentionConfig &config);
  void addPartials(const AttentionSpec &spec,
                   llvm::SmallVector<mlir::Type> &types,
                   llvm::SmallVector<exec::ExtentAttr> &rows);
  CacheSpec cacheSpec(graph::KvCacheOp cache);
  graph::KvCacheOp cacheNamed(llvm::StringRef name);
  std::string cacheText(const CacheSpec &cache);

  // Candidates of the sampler.
  void addCandidates();
  std::pair<Value, Value> dispatchLargest(mlir::Operation *before,
                                          Value numbers, Value ids,
                                          LargestSpec spec,
                                          llvm::StringRef label);

  // Attributes.
  exec::ExtentAttr extent(exec::StepDim dim, int64_t mul = 1, int64_t div = 1,
                          int64_t add = 0);
  exec::ExtentAttr times(int64_t count) {
    return extent(exec::StepDim::One, count);
  }
  mlir::Attribute operandParam(int64_t index);
  mlir::Attribute resultParam(int64_t index);
  mlir::Attribute inputParam(exec::StepInput input);
  mlir::Attribute dimParam(exec::StepDim dim);

  mlir::ModuleOp module_;
  mlir::MLIRContext *context_;
  TargetConfig config_;
  mlir::SymbolTable symbols_;
  mlir::func::FuncOp function_;
  bool panelExperts_ = false;    // some expert's dot is in registers
  bool fragmentExperts_ = false; // and some one's in an intrinsic
  llvm::DenseMap<mlir::Attribute, std::pair<Value, Value>> ropeTables_;
  llvm::DenseMap<Value, llvm::SmallVector<Value>> groups_;
};

} // namespace g4

#endif // G4_COMPILER_TILE_TILER_H
