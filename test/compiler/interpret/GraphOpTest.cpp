// Single ops of the graph dialect against numbers computed by hand.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mlir/Parser/Parser.h"

#include <cmath>

#include "test/compiler/interpret/GraphCase.h"

namespace g4 {
namespace {

using namespace mlir;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;

using Numbers = std::vector<double>;
using Results = g4rt::Result<std::vector<GraphTensor>>;

constexpr double kRounding = 1e-12;

GraphTensor rowsOf(std::vector<int64_t> shape, Numbers elements) {
  return {std::move(shape), std::move(elements)};
}

/// Interprets @f of modules; symbols, arguments and body are spelled in MLIR.
class GraphOps : public testing::Test {
protected:
  GraphOps() {
    context_.loadDialect<graph::G4Dialect, func::FuncDialect>();
    context_.getDiagEngine().registerHandler(
        [](Diagnostic &d) { ADD_FAILURE() << d.str(); });
  }

  void parse(const std::string &symbols, const std::string &function) {
    module_ = parseSourceString<ModuleOp>(symbols + "\n" + function, &context_);
    ASSERT_TRUE(module_);
    interpreter_.emplace(interpreterOf(*module_->getOps<func::FuncOp>().begin(),
                                       randomWeights(1), precision_));
  }

  /// All rows are of sequence 0 unless `sequences` says more.
  Results run(const std::vector<GraphTensor> &arguments,
              std::vector<int32_t> sequences = {}) {
    if (sequences.empty())
      sequences.resize(arguments.at(0).numRows());
    return interpreter_->run({arguments.begin(), arguments.end()}, sequences);
  }

  void expect(const Results &results, const Numbers &wanted, size_t i = 0) {
    ASSERT_TRUE(results) << results.error().message();
    EXPECT_THAT((*results)[i].elements,
                Pointwise(DoubleNear(kRounding), wanted));
  }
  void expectError(const Results &results, const char *message) {
    ASSERT_FALSE(results);
    EXPECT_THAT(results.error().message(), HasSubstr(message));
  }

  Precision precision_ = Precision::F64;
  MLIRContext context_;
  OwningOpRef<ModuleOp> module_;
  std::optional<GraphInterpreter> interpreter_;
};

TEST_F(GraphOps, RmsNormAddsEpsilonToTheMeanSquare) {
  parse("g4.weight @w : !g4q.weight<[2], <f32>> "
        "values dense<[1.0, -2.0]> : tensor<2xf32>",
        R"(func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
             %w = g4.use @w : !g4q.weight<[2], <f32>>
             %y = g4.rms_norm %x, %w {epsilon = 0.5 : f32}
               : tensor<?x2xf32>, !g4q.weight<[2], <f32>> -> tensor<?x2xf32>
             return %y : tensor<?x2xf32>
           })");
  // (3^2 + 4^2) / 2 + 0.5 = 13; a row of zeros divides by sqrt(0.5).
  expect(run({rowsOf({2, 2}, {3, 4, 0, 0})}),
         {3 / std::sqrt(13.0), -8 / std::sqrt(13.0), 0, 0});
}

TEST_F(GraphOps, SoftcapIsTheCapTimesTanh) {
  parse("", R"(func.func @f(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
                 %y = g4.softcap %x {cap = 2.0 : f32} : tensor<?x3xf32>
                 return %y : tensor<?x3xf32>
               })");
  constexpr double kTanh1 = 0.76159415595576488812;
  expect(run({rowsOf({1, 3}, {2, 0, -1000})}), {2 * kTanh1, 0, -2});
}

TEST_F(GraphOps, GeluIsTheTanhForm) {
  parse("", R"(func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
                 %y = g4.gelu_mul %x, %x : tensor<?x2xf32>
                 return %y : tensor<?x2xf32>
               })");
  double gelu1 =
      0.5 * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * 1.044715));
  expect(run({rowsOf({1, 2}, {1, -100})}), {gelu1, 0});
}

TEST_F(GraphOps, RopeTurnsPairsHalfAHeadApartAndLeavesFrequencyZero) {
  parse("g4.weight @r : !g4q.weight<[2], <f32>> "
        "values dense<[0.5, 0.0]> : tensor<2xf32>",
        R"(func.func @f(%x: tensor<?x1x4xf32>, %p: tensor<?xi32>)
               -> tensor<?x1x4xf32> {
             %r = g4.use @r : !g4q.weight<[2], <f32>>
             %y = g4.rope %x, %p, %r : tensor<?x1x4xf32>, tensor<?xi32>,
               !g4q.weight<[2], <f32>> -> tensor<?x1x4xf32>
             return %y : tensor<?x1x4xf32>
           })");
  double c = std::cos(1.5), s = std::sin(1.5); // position 3 times 0.5
  expect(
      run({rowsOf({2, 1, 4}, {1, 2, 3, 4, 1, 2, 3, 4}), indexTensor({0, 3})}),
      {1, 2, 3, 4, c - 3 * s, 2, 3 * c + s, 4});
}

TEST_F(GraphOps, TopKTakesTheLowerIndexFirstAmongEquals) {
  parse("", R"(func.func @f(%x: tensor<?x5xf32>)
                   -> (tensor<?x3xf32>, tensor<?x3xi32>) {
                 %w, %e = g4.top_k %x
                   : tensor<?x5xf32> -> tensor<?x3xf32>, tensor<?x3xi32>
                 return %w, %e : tensor<?x3xf32>, tensor<?x3xi32>
               })");
  Results results = run({rowsOf({2, 5}, {1, 3, 2, 3, 2, 0, 0, 0, 0, 0})});
  double sum = 2 + std::exp(-1.0);
  expect(results,
         {1 / sum, 1 / sum, std::exp(-1.0) / sum, 1.0 / 3, 1.0 / 3, 1.0 / 3});
  expect(results, {1, 3, 2, 0, 1, 2}, 1);
}

TEST_F(GraphOps, ExpertsAreLinearsChosenPerPlace) {
  parse("g4.weight @w : !g4q.weight<[2, 1, 2], <f32>> "
        "values dense<[[[1.0, 2.0]], [[10.0, 20.0]]]> : tensor<2x1x2xf32>\n"
        "g4.weight @s : !g4q.weight<[2], <f32>> "
        "values dense<[3.0, 5.0]> : tensor<2xf32>",
        R"(func.func @f(%x: tensor<?x2xf32>, %e: tensor<?x2xi32>,
                        %a: tensor<?x2xf32>) -> tensor<?x1xf32> {
             %w = g4.use @w : !g4q.weight<[2, 1, 2], <f32>>
             %s = g4.use @s : !g4q.weight<[2], <f32>>
             %y = g4.expert_linear %x, %e, %w : tensor<?x2xf32>,
               tensor<?x2xi32>, !g4q.weight<[2, 1, 2], <f32>>
               -> tensor<?x2x1xf32>
             %b = g4.expert_scale %a, %e, %s : tensor<?x2xf32>,
               tensor<?x2xi32>, !g4q.weight<[2], <f32>> -> tensor<?x2xf32>
             %z = g4.expert_sum %y, %b
               : tensor<?x2x1xf32>, tensor<?x2xf32> -> tensor<?x1xf32>
             return %z : tensor<?x1xf32>
           })");
  auto arguments = [](double expert) {
    return std::vector<GraphTensor>{rowsOf({1, 2}, {1, 1}),
                                    rowsOf({1, 2}, {expert, 0}),
                                    rowsOf({1, 2}, {0.25, 0.75})};
  };
  // Expert 1 gives 30, expert 0 gives 3.
  expect(run(arguments(1)), {0.25 * 5 * 30 + 0.75 * 3 * 3});
  expectError(run(arguments(2)), "expert 2 is none of 2");
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

std::string attentionModule(int64_t window, const char *dtype) {
  return "g4.kv_cache @kv {window = " + std::to_string(window) +
         " : i64, num_kv_heads = 1 : i64, head_dim = 2 : i64, dtype = " +
         dtype + "}";
}
constexpr const char *kAttention = R"(
  func.func @f(%q: tensor<?x1x2xf32>, %k: tensor<?x1x2xf32>,
               %v: tensor<?x1x2xf32>, %p: tensor<?xi32>) -> tensor<?x1x2xf32> {
    g4.kv_write @kv, %k, %v, %p
      : tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?xi32>
    %y = g4.attention @kv, %q, %p {scale = 1.0 : f32}
      : tensor<?x1x2xf32>, tensor<?xi32> -> tensor<?x1x2xf32>
    return %y : tensor<?x1x2xf32>
  })";

/// Equal keys, so that a row gives the mean of the values it sees; value i is
/// [2^i, -2^i].
std::vector<GraphTensor> equalKeys(const std::vector<int32_t> &positions,
                                   double key = 1) {
  auto rows = int64_t(positions.size());
  Numbers keys(2 * rows, key), values;
  for (int32_t position : positions)
    values.insert(values.end(), {std::exp2(position), -std::exp2(position)});
  return {rowsOf({rows, 1, 2}, keys), rowsOf({rows, 1, 2}, keys),
          rowsOf({rows, 1, 2}, values), indexTensor(positions)};
}

TEST_F(GraphOps, AttentionSeesTheWindowWithItselfAndNotOneMore) {
  parse(attentionModule(2, "f32"), kAttention);
  expect(run(equalKeys({0, 1, 2, 3})), {1, -1, 1.5, -1.5, 3, -3, 6, -6});
}

TEST_F(GraphOps, AttentionWithoutWindowSeesAllThatCameBefore) {
  parse(attentionModule(0, "f32"), kAttention);
  expect(run(equalKeys({0, 1, 2})), {1, -1, 1.5, -1.5, 7.0 / 3, -7.0 / 3});
}

TEST_F(GraphOps, AttentionIsTheSoftmaxOfTheScores) {
  parse(attentionModule(0, "f32"), kAttention);
  double share = 1 / (1 + std::exp(-3.0)); // scores 3 and 6
  expect(run({rowsOf({2, 1, 2}, {0, 0, 3, 1}), rowsOf({2, 1, 2}, {1, 0, 2, 0}),
              rowsOf({2, 1, 2}, {0, 8, 1, 8}), indexTensor({0, 1})}),
         {0, 8, share, 8});
}

TEST_F(GraphOps, SequencesDoNotSeeEachOther) {
  parse(attentionModule(0, "f32"), kAttention);
  expect(run(equalKeys({0, 0, 1}), {7, 4, 4}), {1, -1, 1, -1, 1.5, -1.5});
}

TEST_F(GraphOps, CachesGrowFromStepToStep) {
  parse(attentionModule(2, "f32"), kAttention);
  expect(run(equalKeys({0, 1})), {1, -1, 1.5, -1.5});
  expect(run(equalKeys({2})), {3, -3});
}

TEST_F(GraphOps, ABf16CacheRoundsWhatItKeeps) {
  parse(attentionModule(0, "bf16"), kAttention);
  auto arguments = equalKeys({0});
  arguments[2].elements = {1.001, 1.006};
  expect(run(arguments), {1, 1.0078125});
}

TEST_F(GraphOps, AHoleInASequenceIsAnError) {
  parse(attentionModule(0, "f32"), kAttention);
  expectError(run(equalKeys({0, 2})), "position 2 is written, the next is 1");
  expectError(run(equalKeys({-1})), "position -1 is written");
}

//===----------------------------------------------------------------------===//
// Storage, precision and input that has no meaning
//===----------------------------------------------------------------------===//

constexpr const char *kEmbed = R"(
  func.func @f(%ids: tensor<?xi32>) -> tensor<?x2xf32> {
    %t = g4.use @t : !g4q.weight<[2, 2], <bf16>>
    %y = g4.embed %ids, %t {scale = 0.3 : f32}
      : tensor<?xi32>, !g4q.weight<[2, 2], <bf16>> -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  })";
constexpr const char *kTable =
    "g4.weight @t : !g4q.weight<[2, 2], <bf16>> "
    "values dense<[[1.001, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>";

TEST_F(GraphOps, EmbedScalesRowsOfATableThatIsStoredInBf16) {
  parse(kTable, kEmbed);
  double scale = 0.3f; // attributes are f32
  expect(run({indexTensor({1, 0})}), {3 * scale, 4 * scale, scale, 2 * scale});
}

TEST_F(GraphOps, F32RoundsEveryResult) {
  precision_ = Precision::F32;
  parse(kTable, kEmbed);
  Results results = run({indexTensor({1})});
  ASSERT_TRUE(results);
  EXPECT_THAT((*results)[0].elements, testing::ElementsAre(3 * 0.3f, 4 * 0.3f));
}

TEST_F(GraphOps, ATokenBehindTheTableIsAnError) {
  parse(kTable, kEmbed);
  expectError(run({indexTensor({2})}), "token 2 is none of 2");
  expectError(run({indexTensor({-1})}), "token -1 is none of 2");
}

TEST_F(GraphOps, ArgumentsOfAnotherShapeAreErrors) {
  parse(kTable, kEmbed);
  expectError(run({indexTensor({1}), indexTensor({1})}),
              "2 arguments, it takes 1");
  expectError(run({rowsOf({1, 2}, {1, 2})}), "argument 0: a value of shape");
}

TEST_F(GraphOps, RowsThatDoNotBelongTogetherAreErrors) {
  parse("", R"(func.func @f(%a: tensor<?x1xf32>, %b: tensor<?x1xf32>)
                   -> tensor<?x1xf32> {
                 %y = g4.add %a, %b : tensor<?x1xf32>
                 return %y : tensor<?x1xf32>
               })");
  expectError(run({rowsOf({2, 1}, {1, 2}), rowsOf({1, 1}, {1})}), "g4.add");
}

TEST_F(GraphOps, AnOpOfAnotherDialectIsAnError) {
  parse("", R"(func.func @f(%a: tensor<?x1xf32>) -> tensor<?x1xf32> {
                 %y = func.call @f(%a) : (tensor<?x1xf32>) -> tensor<?x1xf32>
                 return %y : tensor<?x1xf32>
               })");
  expectError(run({rowsOf({1, 1}, {1})}), "func.call");
}

} // namespace
} // namespace g4
