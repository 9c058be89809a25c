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

constexpr const char *kAttentionWithEnds = R"(
  func.func @f(%q: tensor<?x1x2xf32>, %k: tensor<?x1x2xf32>,
               %v: tensor<?x1x2xf32>, %p: tensor<?xi32>, %e: tensor<?xi32>)
      -> tensor<?x1x2xf32> {
    g4.kv_write @kv, %k, %v, %p
      : tensor<?x1x2xf32>, tensor<?x1x2xf32>, tensor<?xi32>
    %y = g4.attention @kv, %q, %p ends %e {scale = 1.0 : f32}
      : tensor<?x1x2xf32>, tensor<?xi32>, tensor<?xi32> -> tensor<?x1x2xf32>
    return %y : tensor<?x1x2xf32>
  })";

TEST_F(GraphOps, EndsShowLaterKeysAndLeaveTheWindow) {
  parse(attentionModule(2, "f32"), kAttentionWithEnds);
  auto arguments = equalKeys({0, 1, 2, 3});
  arguments.push_back(indexTensor({1, 4, 4, 4}));
  // Row 1 sees 0 to 3, row 2 sees 1 to 3, row 3 sees 2 and 3.
  expect(run(arguments), {1, -1, 3.75, -3.75, 14.0 / 3, -14.0 / 3, 6, -6});
}

TEST_F(GraphOps, AnEndBeforeTheRowOrAfterTheKeysIsAnError) {
  parse(attentionModule(0, "f32"), kAttentionWithEnds);
  auto arguments = equalKeys({0, 1});
  arguments.push_back(indexTensor({1, 1}));
  expectError(run(arguments), "position 1 sees up to 1 of 2 keys");
  arguments.back() = indexTensor({1, 3});
  expectError(run(arguments), "position 1 sees up to 3 of 2 keys");
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
// Towers
//===----------------------------------------------------------------------===//

TEST_F(GraphOps, RopeOfTwoAxesTurnsEachHalfByItsOwnPosition) {
  parse("g4.weight @r : !g4q.weight<[1], <f32>> "
        "values dense<[0.5]> : tensor<1xf32>",
        R"(func.func @f(%x: tensor<?x1x4xf32>, %p: tensor<?x2xi32>)
               -> tensor<?x1x4xf32> {
             %r = g4.use @r : !g4q.weight<[1], <f32>>
             %y = g4.rope %x, %p, %r : tensor<?x1x4xf32>, tensor<?x2xi32>,
               !g4q.weight<[1], <f32>> -> tensor<?x1x4xf32>
             return %y : tensor<?x1x4xf32>
           })");
  double c1 = std::cos(0.5), s1 = std::sin(0.5), c3 = std::cos(1.5),
         s3 = std::sin(1.5);
  expect(run({rowsOf({1, 1, 4}, {1, 2, 3, 4}), rowsOf({1, 2}, {1, 3})}),
         {c1 - 2 * s1, 2 * c1 + s1, 3 * c3 - 4 * s3, 4 * c3 + 3 * s3});
}

std::string embedOfAxes(const char *shape, const char *attributes) {
  std::string type = std::string("!g4q.weight<[") + shape + ", 1], <f32>>";
  return "func.func @f(%ids: tensor<?x2xi32>) -> tensor<?x1xf32> {\n"
         "  %t = g4.use @t : " +
         type + "\n  %y = g4.embed %ids, %t {" + attributes +
         "scale = 1.0 : f32} : tensor<?x2xi32>, " + type +
         " -> tensor<?x1xf32>\n  return %y : tensor<?x1xf32>\n}";
}

TEST_F(GraphOps, EmbedOfTwoAxesSumsARowOfEachTable) {
  parse("g4.weight @t : !g4q.weight<[2, 3, 1], <f32>> values "
        "dense<[[[1.0], [2.0], [3.0]], [[10.0], [20.0], [30.0]]]> : "
        "tensor<2x3x1xf32>",
        embedOfAxes("2, 3", ""));
  expect(run({rowsOf({2, 2}, {0, 2, 2, 0})}), {31, 13});
  expectError(run({rowsOf({1, 2}, {0, 3})}), "token 3 is none of 3");
}

TEST_F(GraphOps, EmbedOfAnInterleavedTableTakesRowsInTurn) {
  parse("g4.weight @t : !g4q.weight<[3, 2, 1], <f32>> values "
        "dense<[[[1.0], [10.0]], [[2.0], [20.0]], [[3.0], [30.0]]]> : "
        "tensor<3x2x1xf32>",
        embedOfAxes("3, 2", "interleaved, "));
  expect(run({rowsOf({2, 2}, {0, 2, 2, 0})}), {31, 13});
}

TEST_F(GraphOps, ShiftAddsAConstantOrAWeight) {
  parse("g4.weight @w : !g4q.weight<[2], <f32>> "
        "values dense<[1.0, -2.0]> : tensor<2xf32>",
        R"(func.func @f(%x: tensor<?x2xf32>)
               -> (tensor<?x2xf32>, tensor<?x2xf32>) {
             %w = g4.use @w : !g4q.weight<[2], <f32>>
             %a = g4.shift %x {factor = -1.0 : f32}
               : tensor<?x2xf32> -> tensor<?x2xf32>
             %b = g4.shift %x, %w {factor = -2.0 : f32}
               : tensor<?x2xf32>, !g4q.weight<[2], <f32>> -> tensor<?x2xf32>
             return %a, %b : tensor<?x2xf32>, tensor<?x2xf32>
           })");
  Results results = run({rowsOf({1, 2}, {3, 4})});
  expect(results, {2, 3});
  expect(results, {1, 8}, 1);
}

TEST_F(GraphOps, ClampHasTwoBounds) {
  parse("g4.weight @l : !g4q.weight<[1], <f32>> "
        "values dense<[-1.0]> : tensor<1xf32>\n"
        "g4.weight @h : !g4q.weight<[1], <f32>> "
        "values dense<[2.0]> : tensor<1xf32>",
        R"(func.func @f(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
             %l = g4.use @l : !g4q.weight<[1], <f32>>
             %h = g4.use @h : !g4q.weight<[1], <f32>>
             %y = g4.clamp %x, %l, %h : tensor<?x3xf32>,
               !g4q.weight<[1], <f32>>, !g4q.weight<[1], <f32>>
               -> tensor<?x3xf32>
             return %y : tensor<?x3xf32>
           })");
  expect(run({rowsOf({1, 3}, {-5, 1.5, 5})}), {-1, 1.5, 2});
}

TEST_F(GraphOps, LayerNormTakesTheMeanOffAndAddsTheBias) {
  parse("g4.weight @w : !g4q.weight<[2], <f32>> "
        "values dense<[1.0, 2.0]> : tensor<2xf32>\n"
        "g4.weight @b : !g4q.weight<[2], <f32>> "
        "values dense<[10.0, 20.0]> : tensor<2xf32>",
        R"(func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
             %w = g4.use @w : !g4q.weight<[2], <f32>>
             %b = g4.use @b : !g4q.weight<[2], <f32>>
             %y = g4.layer_norm %x, %w, %b {epsilon = 0.25 : f32}
               : tensor<?x2xf32>, !g4q.weight<[2], <f32>>,
                 !g4q.weight<[2], <f32>> -> tensor<?x2xf32>
             return %y : tensor<?x2xf32>
           })");
  // Mean 5, variance 1; a row without variance divides by sqrt(0.25).
  double root = std::sqrt(1.25);
  expect(run({rowsOf({2, 2}, {4, 6, 7, 7})}),
         {10 - 1 / root, 20 + 2 / root, 10, 20});
}

constexpr const char *kSpanAttention = R"(
  func.func @f(%q: tensor<?x2x1xf32>, %k: tensor<?x1x1xf32>,
               %v: tensor<?x1x1xf32>, %b: tensor<?xi32>, %e: tensor<?xi32>)
      -> tensor<?x2x1xf32> {
    %y = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32}
      : (tensor<?x2x1xf32>, tensor<?x1x1xf32>, tensor<?x1x1xf32>, tensor<?xi32>,
         tensor<?xi32>) -> tensor<?x2x1xf32>
    return %y : tensor<?x2x1xf32>
  })";

/// Rows 0 and 1 are of one picture, row 2 is of another and row 3 of none.
std::vector<GraphTensor> fourPatches(int32_t lastEnd) {
  return {rowsOf({4, 2, 1}, {0, 1, 0, 1, 0, 1, 0, 1}),
          rowsOf({4, 1, 1}, {0, 1, 5, 5}), rowsOf({4, 1, 1}, {2, 4, 8, 16}),
          indexTensor({0, 0, 2, 0}), indexTensor({2, 2, 3, lastEnd})};
}

TEST_F(GraphOps, SpanAttentionSeesTheRangeBothWaysAndNothingElse) {
  parse("", kSpanAttention);
  double share = 1 / (1 + std::exp(-1.0)), seen = 4 * share + 2 * (1 - share);
  expect(run(fourPatches(0)), {3, seen, 3, seen, 8, 8, 0, 0});
  expectError(run(fourPatches(5)), "row 3 sees rows 0 to 5 of 4");
}

TEST_F(GraphOps, PoolIsTheMeanOfTheRowsThatAreNamed) {
  parse("", R"(func.func @f(%x: tensor<?x2xf32>, %r: tensor<?x2xi32>)
                   -> tensor<?x2xf32> {
                 %y = g4.pool %x, %r
                   : tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x2xf32>
                 return %y : tensor<?x2xf32>
               })");
  GraphTensor x = rowsOf({3, 2}, {1, 2, 3, 6, 5, 10});
  expect(run({x, rowsOf({1, 2}, {2, 0})}), {3, 6});
  expectError(run({x, rowsOf({1, 2}, {3, 0})}), "row 3 is none of 3");
}

TEST_F(GraphOps, ReplaceRowsLeavesRowsWithoutASoftToken) {
  parse("", R"(func.func @f(%x: tensor<?x1xf32>, %s: tensor<?x1xf32>,
                            %r: tensor<?xi32>) -> tensor<?x1xf32> {
                 %y = g4.replace_rows %x, %s, %r : tensor<?x1xf32>,
                   tensor<?x1xf32>, tensor<?xi32> -> tensor<?x1xf32>
                 return %y : tensor<?x1xf32>
               })");
  GraphTensor x = rowsOf({3, 1}, {1, 2, 3}), soft = rowsOf({2, 1}, {10, 20});
  expect(run({x, soft, indexTensor({-1, 1, 0})}), {1, 20, 10});
  expectError(run({x, soft, indexTensor({0, 1, 2})}),
              "soft token 2 is none of 2");
  expectError(run({x, soft, indexTensor({0})}), "1 indices for 3 rows");
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
