// Every pass between import and tile, alone and with the others: the graph
// gives the same numbers after it as before it.

#include "compiler/fuse/Passes.h"
#include "compiler/quantize/Passes.h"

#include "gtest/gtest.h"
#include "mlir/Transforms/Passes.h"

#include "test/compiler/interpret/GraphCase.h"

namespace g4 {
namespace {

using namespace mlir;

/// Sums in another order differ by the rounding of f64.
constexpr double kMostError = 1e-9;

/// Two sequences of one step, the first longer than any window of the models.
GraphStep stepFor(int64_t vocabSize) {
  std::vector<std::vector<int32_t>> sequences(2);
  for (size_t i = 0; i < 40; ++i)
    sequences[i < 36 ? 0 : 1].push_back(
        int32_t(randomUnit(1, "tokens", i) * double(vocabSize)));
  return wholeSequences(sequences);
}

enum class Keys { Whole, FromValues };

void addFusePasses(PassManager &passes, Keys keys) {
  passes.addPass(createCSEPass());
  passes.addPass(createMergeLinearsPass());
  passes.addPass(createFuseQkvPass());
  if (keys == Keys::FromValues)
    passes.addPass(createKeysFromValuesPass());
  passes.addPass(createFuseRouterPass());
  passes.addPass(createFuseLinearPass());
  passes.addPass(createFuseRowsPass());
}

template <typename Op>
int64_t count(ModuleOp module) {
  int64_t ops = 0;
  module.walk([&](Op) { ++ops; });
  return ops;
}

void expectSame(const GraphRun &run, const GraphRun &wanted) {
  EXPECT_LT(relativeError(run.logits.elements, wanted.logits.elements),
            kMostError);
  ASSERT_EQ(run.taps.size(), wanted.taps.size());
  for (const auto &[name, value] : wanted.taps)
    EXPECT_LT(relativeError(run.taps.at(name).elements, value.elements),
              kMostError)
        << name;
}

class GraphFusion : public testing::TestWithParam<const char *> {
protected:
  /// The graph after `addPasses`, which must mean the same.
  OwningOpRef<ModuleOp> check(const ImportedModel::AddPasses &addPasses) {
    auto fused = model_.graphBehind(addPasses);
    expectSame(model_.run(*fused, step_), wanted_);
    return fused;
  }

  ImportedModel model_{GetParam()};
  GraphStep step_ = stepFor(model_.vocabSize());
  GraphRun wanted_ = model_.run(model_.graph(), step_);
  int64_t numLayers_ = count<graph::AttentionOp>(model_.graph());
};

/// Rows [first, end) of a step; all are wanted.
GraphStep part(const GraphStep &step, size_t first, size_t end) {
  auto cut = [&](const std::vector<int32_t> &all) {
    return std::vector<int32_t>(all.begin() + first, all.begin() + end);
  };
  GraphStep result{cut(step.ids), cut(step.positions), cut(step.sequences), {}};
  for (size_t i = first; i < end; ++i)
    result.outputs.push_back(int32_t(i - first));
  return result;
}

TEST_P(GraphFusion, StepsOfAnySizeGiveTheNumbersOfOne) {
  std::vector<double> logits;
  GraphInterpreter interpreter = model_.interpreter();
  for (auto [first, end] : {std::pair{0, 13}, {13, 33}, {33, 34}, {34, 40}}) {
    auto rows = interpreter.step(part(step_, first, end));
    ASSERT_TRUE(rows) << rows.error().message();
    logits.insert(logits.end(), rows->elements.begin(), rows->elements.end());
  }
  EXPECT_EQ(logits, wanted_.logits.elements);
}

TEST_P(GraphFusion, MergingLinearsChangesNoNumber) {
  auto merged =
      check([](PassManager &p) { p.addPass(createMergeLinearsPass()); });
  EXPECT_LT(count<graph::LinearOp>(*merged),
            count<graph::LinearOp>(model_.graph()));
}

TEST_P(GraphFusion, FusingQkvChangesNoNumber) {
  auto fused = check([](PassManager &p) {
    p.addPass(createMergeLinearsPass());
    p.addPass(createFuseQkvPass());
  });
  EXPECT_EQ(count<graph::QkvPrepareOp>(*fused), numLayers_);
  EXPECT_EQ(count<graph::RopeOp>(*fused), 0);
}

// Of a model whose values are the raw keys, each full layer's cache.
TEST_P(GraphFusion, KeysFromValuesChangeNoNumber) {
  auto shared = check([](PassManager &p) {
    p.addPass(createMergeLinearsPass());
    p.addPass(createFuseQkvPass());
    p.addPass(createKeysFromValuesPass());
  });
  int64_t numShared = 0, numKEqV = 0;
  shared->walk([&](graph::QkvPrepareOp op) { numKEqV += op.getKEqV(); });
  shared->walk([&](graph::KvCacheOp cache) {
    numShared += cache.getRotatedPairs().has_value();
    if (cache.getRotatedPairs())
      EXPECT_LT(cache.getKeyDim(), int64_t(cache.getHeadDim()));
  });
  EXPECT_EQ(numShared, numKEqV);
}

TEST_P(GraphFusion, FusingRoutersChangesNoNumber) {
  auto fused = check([](PassManager &p) { p.addPass(createFuseRouterPass()); });
  EXPECT_EQ(count<graph::RouterOp>(*fused),
            count<graph::TopKOp>(model_.graph()));
  EXPECT_EQ(count<graph::TopKOp>(*fused), 0);
}

TEST_P(GraphFusion, FusingLinearsChangesNoNumber) {
  auto fused = check([](PassManager &p) { p.addPass(createFuseLinearPass()); });
  EXPECT_EQ(count<graph::LinearOp>(*fused), 0);
  EXPECT_GT(count<graph::FusedLinearOp>(*fused), numLayers_);
}

TEST_P(GraphFusion, FusingMergedLinearsChangesNoNumber) {
  auto fused = check([](PassManager &p) {
    p.addPass(createMergeLinearsPass());
    p.addPass(createFuseLinearPass());
  });
  bool gated = false;
  fused->walk([&](graph::FusedLinearOp op) {
    gated |= op.getEpilogue() == graph::Epilogue::GeluGated;
  });
  EXPECT_TRUE(gated);
}

TEST_P(GraphFusion, FusingRowsChangesNoNumber) {
  auto fused = check([](PassManager &p) { p.addPass(createFuseRowsPass()); });
  EXPECT_GT(count<graph::RowsOp>(*fused), numLayers_);
}

TEST_P(GraphFusion, AllPassesWithF32WeightsChangeNoNumber) {
  auto fused = check([](PassManager &p) {
    p.addPass(createQuantizeWeightsPass({.weights = "f32"}));
    addFusePasses(p, Keys::FromValues);
  });
  EXPECT_EQ(count<graph::QkvPrepareOp>(*fused), numLayers_);
  EXPECT_EQ(count<graph::LinearOp>(*fused), 0);
}

// With whole keys, because a key that is a value times a weight is rounded
// before the product and not after it.
TEST_P(GraphFusion, FusingChangesNoNumberOfAModelInBf16) {
  auto quantize = [](PassManager &p) {
    p.addPass(createQuantizeWeightsPass({.weights = "bf16"}));
  };
  auto quantized = model_.graphBehind(quantize);
  auto fused = model_.graphBehind([&](PassManager &p) {
    quantize(p);
    addFusePasses(p, Keys::Whole);
  });
  GraphRun wanted = model_.run(*quantized, step_);
  expectSame(model_.run(*fused, step_), wanted);
  // The caches are rounded now: were they not, nothing was tested.
  EXPECT_GT(relativeError(wanted.logits.elements, wanted_.logits.elements),
            kMostError);
}

TEST_P(GraphFusion, MergingLinearsKeepsMadeUpWeights) {
  auto merged = model_.graphBehind(
      [](PassManager &p) { addFusePasses(p, Keys::FromValues); });
  auto logits = [&](ModuleOp module) {
    auto function = module.lookupSymbol<func::FuncOp>("text");
    return interpreterOf(function, randomWeights(7)).step(step_)->elements;
  };
  EXPECT_LT(relativeError(logits(*merged), logits(model_.graph())), kMostError);
}

INSTANTIATE_TEST_SUITE_P(
    Models, GraphFusion,
    testing::Values("test/inputs/models/moe26b", "test/inputs/models/dense31b",
                    "test/inputs/models/dense12b", "test/inputs/models/ple_e2b",
                    "test/inputs/models/ple_e4b", "models/tiny"),
    [](const auto &info) {
      return std::string(info.param)
          .substr(std::string(info.param).rfind('/') + 1);
    });

} // namespace
} // namespace g4
