//===- MergeLinears.cpp - Linears that read the same value become one -----===//
//
//   %q = g4.linear %x, %wq       %k = g4.linear %x, %wk
//
// becomes, with a new weight @..q_k made of the parts of both,
//
//   %y = g4.linear %x, %wqk
//   %q = g4.slice %y {offset = 0}   %k = g4.slice %y {offset = (rows of wq)}
//
// Declined for weights that something else uses (a tied embedding), that have
// values instead of parts, or whose formats or distributions differ.
// Test: test/compiler/fuse/g4-merge-linears.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/fuse/Passes.h"
#include "dialects/graph/Graph.h"

#include "mlir/IR/SymbolTable.h"

#include <string>

namespace g4 {

#define GEN_PASS_DEF_MERGELINEARSPASS
#include "compiler/fuse/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

struct MergeLinears : impl::MergeLinearsPassBase<MergeLinears> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    llvm::MapVector<Value, SmallVector<LinearOp>> readers;
    module.walk([&](LinearOp op) { readers[op.getX()].push_back(op); });
    for (auto &[x, linears] : readers)
      if (linears.size() > 1)
        merge(linears, symbols);
  }

  static WeightOp weightOf(LinearOp op, SymbolTable &symbols) {
    auto use = op.getW().getDefiningOp<UseOp>();
    return use ? symbols.lookup<WeightOp>(use.getName()) : WeightOp();
  }

  /// "layers.0.attn.q", "..k", "..v" -> "layers.0.attn.q_k_v".
  static std::string mergedName(MutableArrayRef<WeightOp> weights) {
    std::string name = weights[0].getSymName().str();
    for (WeightOp weight : weights.drop_front(1))
      name += "_" + weight.getSymName().rsplit('.').second.str();
    return name;
  }

  bool canMerge(MutableArrayRef<LinearOp> linears,
                MutableArrayRef<WeightOp> weights) {
    for (auto [linear, weight] : llvm::zip(linears, weights)) {
      const char *reason = nullptr;
      if (!weight || !weight.getParts())
        reason = "its weight does not come from the checkpoint";
      else if (weight.getWeightType().getFormat() !=
               weights[0].getWeightType().getFormat())
        reason = "its weight has another format";
      else if (weight.getScaleRuleAttr() != weights[0].getScaleRuleAttr())
        reason = "its weight has another rule of scales";
      else if (!SymbolTable::getSymbolUses(weight, getOperation()) ||
               llvm::range_size(
                   *SymbolTable::getSymbolUses(weight, getOperation())) != 1 ||
               !linear.getW().hasOneUse())
        reason = "its weight has other readers";
      else if (weight.getSyntheticAttr() != weights[0].getSyntheticAttr())
        reason = "its weight has another distribution";
      if (!reason)
        continue;
      linear.emitRemark("not merged with the linears that read the same "
                        "value: ")
          << reason;
      return false;
    }
    return true;
  }

  void merge(MutableArrayRef<LinearOp> linears, SymbolTable &symbols) {
    SmallVector<WeightOp> weights;
    for (LinearOp linear : linears)
      weights.push_back(weightOf(linear, symbols));
    if (!canMerge(linears, weights))
      return;
    Value merged = mergedLinear(linears, weights, symbols);
    OpBuilder b(linears[0]);
    int64_t offset = 0;
    for (auto [linear, weight] : llvm::zip(linears, weights)) {
      auto slice =
          SliceOp::create(b, linear.getLoc(), linear.getType(), merged, offset);
      offset += weight.getWeightType().getDimSize(0);
      linear.replaceAllUsesWith(slice.getResult());
    }
    for (auto [linear, weight] : llvm::zip(linears, weights)) {
      Operation *use = linear.getW().getDefiningOp();
      linear.erase();
      use->erase();
      symbols.erase(weight);
    }
  }

  /// Rows of each part: without the checkpoint nobody else could tell. Several
  /// parts of a weight from import are alike.
  static void appendPartRows(WeightOp weight, SmallVector<int64_t> &partRows) {
    if (auto known = weight.getPartRows())
      return partRows.append(known->begin(), known->end());
    auto numParts = int64_t(weight.getParts()->size());
    partRows.append(numParts, weight.getWeightType().getDimSize(0) / numParts);
  }

  Value mergedLinear(MutableArrayRef<LinearOp> linears,
                     MutableArrayRef<WeightOp> weights, SymbolTable &symbols) {
    SmallVector<Attribute> parts;
    SmallVector<int64_t> partRows;
    int64_t numRows = 0;
    for (WeightOp weight : weights) {
      llvm::append_range(parts, *weight.getParts());
      appendPartRows(weight, partRows);
      numRows += weight.getWeightType().getDimSize(0);
    }
    WeightOp first = weights[0];
    auto type = quant::WeightType::get(
        &getContext(), {numRows, first.getWeightType().getDimSize(1)},
        first.getWeightType().getFormat(), quant::LayoutAttr());
    OpBuilder b(first);
    auto weight = WeightOp::create(b, first.getLoc(), mergedName(weights), type,
                                   b.getArrayAttr(parts), ElementsAttr());
    weight.setPartRows(partRows);
    weight.setSyntheticAttr(first.getSyntheticAttr());
    weight.setScaleRuleAttr(first.getScaleRuleAttr());
    weight.setWeightClassAttr(first.getWeightClassAttr());
    symbols.insert(weight, Block::iterator(first));
    // At the first linear: its input dominates, and the slices dominate all.
    LinearOp linear = linears[0];
    b.setInsertionPoint(linear);
    Value w = UseOp::create(b, linear.getLoc(), type,
                            weight.getSymNameAttr().getValue());
    auto result =
        RankedTensorType::get({ShapedType::kDynamic, numRows}, b.getF32Type());
    return LinearOp::create(b, linear.getLoc(), result, linear.getX(), w);
  }
};

} // namespace
} // namespace g4
