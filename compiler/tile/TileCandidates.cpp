//===- TileCandidates.cpp - The largest logits, for the sampler -----------===//
//
//   return %logits : tensor<?x262144xf32>
//
// becomes, where logits lie on a device,
//
//   %v, %i = g4x.dispatch "candidates.blocks"(%logits) ...
//   %values, %ids = g4x.dispatch "candidates"(%v, %i) ...
//   return %logits, %values, %ids
//
// Test: test/compiler/tile/candidates.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/Tiler.h"
#include "runtime/artifact/Packing.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using exec::StepDim;

/// More than the top_k of 64 that the models' own defaults ask for, so that
/// some tokens may be suppressed.
constexpr int64_t kNumCandidates = 80;
/// Columns of a block: 32 registers of each of 128 threads.
constexpr int64_t kBlockCols = 4096;

/// One launch: the largest of each block of `numbers`, whose columns are named
/// by `ids` where it is not null.
std::pair<Value, Value> Tiler::dispatchLargest(Operation *before, Value numbers,
                                               Value ids, LargestSpec spec,
                                               StringRef label) {
  BucketLaunch launch;
  std::string name =
      llvm::formatv("largest_n{0}b{1}top{2}{3}", spec.cols, spec.blockCols,
                    spec.count, spec.hasIds ? "_ids" : "");
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildLargest(b, before->getLoc(), symbol, spec, config_.tile);
  });
  launch.gridX = extent(StepDim::Outputs);
  launch.gridY = times(spec.numBlocks());
  SmallVector<Value> operands = {numbers};
  if (ids)
    operands.push_back(ids);
  for (size_t i = 0; i < operands.size(); ++i)
    launch.params.push_back(operandParam(i));
  launch.params.append({resultParam(0), resultParam(1)});
  auto tensor = [&](Type element) {
    return RankedTensorType::get(
        {ShapedType::kDynamic, spec.numBlocks() * spec.count}, element);
  };
  auto outputs = extent(StepDim::Outputs);
  auto made = dispatchAlike(before, operands,
                            {tensor(Float32Type::get(context_)),
                             tensor(IntegerType::get(context_, 32))},
                            {outputs, outputs}, launch);
  made.setLabel(label);
  return {made.getResult(0), made.getResult(1)};
}

void Tiler::addCandidates() {
  Operation *end = function_.getBody().front().getTerminator();
  Value logits = end->getOperand(0);
  int64_t vocabSize =
      cast<RankedTensorType>(logits.getType()).getShape().back();
  auto blockOf = [&](int64_t cols) {
    return artifact::roundUp(cols, config_.tile.colBlock);
  };
  LargestSpec spec{.cols = vocabSize,
                   .blockCols = std::min(kBlockCols, blockOf(vocabSize)),
                   .count = std::min(kNumCandidates, vocabSize)};
  bool isOneBlock = spec.numBlocks() == 1;
  auto [values, ids] = dispatchLargest(
      end, logits, {}, spec, isOneBlock ? "candidates" : "candidates.blocks");
  if (!isOneBlock) {
    int64_t cols = spec.numBlocks() * spec.count;
    LargestSpec last{.cols = cols,
                     .blockCols = blockOf(cols),
                     .count = spec.count,
                     .hasIds = true};
    std::tie(values, ids) =
        dispatchLargest(end, values, ids, last, "candidates");
  }
  end->setOperands({logits, values, ids});
  function_.setType(FunctionType::get(context_, function_.getArgumentTypes(),
                                      end->getOperandTypes()));
}

} // namespace g4
