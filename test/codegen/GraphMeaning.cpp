//===- GraphMeaning.cpp - Graph ops on the numbers of a kernel ------------===//

#include "test/codegen/GraphMeaning.h"

#include "compiler/interpret/GraphInterpreter.h"

#include "gtest/gtest.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using namespace graph;

namespace {

/// A module with one function, its arguments and what they are bound to.
class GraphCaller {
public:
  explicit GraphCaller(MLIRContext *context)
      : b_(context), loc_(b_.getUnknownLoc()), module_(ModuleOp::create(loc_)) {
    context->loadDialect<G4Dialect, func::FuncDialect>();
    b_.setInsertionPointToEnd(module_->getBody());
  }

  OpBuilder &builder() { return b_; }
  Location loc() const { return loc_; }
  RankedTensorType rows(std::vector<int64_t> dims, Type element) {
    dims.insert(dims.begin(), ShapedType::kDynamic);
    return RankedTensorType::get(dims, element);
  }

  void begin() {
    function_ = func::FuncOp::create(b_, loc_, "f", b_.getFunctionType({}, {}));
    b_.setInsertionPointToEnd(function_.addEntryBlock());
  }
  Value argument(RankedTensorType type, const std::vector<double> &numbers) {
    std::vector<int64_t> shape = type.getShape().vec();
    int64_t rowSize = 1;
    for (int64_t size : type.getShape().drop_front())
      rowSize *= size;
    shape[0] = int64_t(numbers.size()) / rowSize;
    return add(type, GraphTensor{std::move(shape), numbers});
  }
  Value weight(quant::WeightType type, const std::vector<double> &numbers) {
    auto read = [numbers](int64_t row, std::span<float> out) {
      std::copy_n(numbers.begin() + row * int64_t(out.size()), out.size(),
                  out.begin());
    };
    return add(type, GraphWeight::of(type, read));
  }

  /// The numbers of `result`; rows belong to these sequences.
  std::vector<double> run(Value result, const std::vector<int32_t> &sequences) {
    func::ReturnOp::create(b_, loc_, result);
    function_.setType(b_.getFunctionType(function_.getBody().getArgumentTypes(),
                                         {result.getType()}));
    EXPECT_TRUE(succeeded(verify(*module_)));
    auto interpreter =
        *GraphInterpreter::create(function_, randomWeights(0), Precision::F64);
    auto results = interpreter.run(arguments_, sequences);
    EXPECT_TRUE(results) << results.error().message();
    return results ? (*results)[0].elements : std::vector<double>();
  }

private:
  Value add(Type type, GraphArgument value) {
    arguments_.push_back(std::move(value));
    return function_.getBody().addArgument(type, loc_);
  }

  OpBuilder b_;
  Location loc_;
  OwningOpRef<ModuleOp> module_;
  func::FuncOp function_;
  std::vector<GraphArgument> arguments_;
};

quant::WeightType f32Vector(OpBuilder &b, int64_t size) {
  auto format =
      quant::FormatAttr::get(b.getContext(), b.getF32Type(), 0, Type());
  return quant::WeightType::get(b.getContext(), {size}, format,
                                quant::LayoutAttr());
}

} // namespace

std::vector<double> graphLinear(const LinearSpec &spec,
                                const LinearNumbers &numbers) {
  GraphCaller f(spec.weight.getContext());
  OpBuilder &b = f.builder();
  f.begin();
  auto type = f.rows({spec.outputCols}, b.getF32Type());
  Value x = f.argument(f.rows({spec.inputCols}, b.getF32Type()), numbers.x);
  Value w = f.weight(spec.weight.withLayout({}), numbers.w);
  Value norm, up;
  FloatAttr epsilon, cap;
  if (!numbers.norm.empty()) {
    norm = f.weight(f32Vector(b, spec.inputCols), numbers.norm);
    epsilon = b.getF32FloatAttr(spec.epsilon);
  }
  if (!numbers.up.empty())
    up = f.argument(type, numbers.up);
  if (spec.epilogue == Epilogue::Softcap)
    cap = b.getF32FloatAttr(spec.cap);
  Value y = FusedLinearOp::create(
      b, f.loc(), type, x, w, norm, Value(), up,
      EpilogueAttr::get(b.getContext(), spec.epilogue), epsilon, cap);
  std::vector<int32_t> sequences(numbers.x.size() / spec.inputCols);
  return f.run(y, sequences);
}

namespace {

/// A kernel's step as the graph sees it: every position of every sequence is a
/// row; those that are in the cache already have queries of 0.
struct WholeStep {
  std::vector<double> q, keys, values, positions;
  std::vector<int32_t> sequences;
  std::vector<bool> isQuery; // of each row

  WholeStep(const AttentionStep &step, const KernelCase &kernel);
};

} // namespace

WholeStep::WholeStep(const AttentionStep &step, const KernelCase &kernel) {
  auto content = [&](int param) -> const std::vector<double> & {
    return kernel.params[param].content;
  };
  int64_t d = step.headDim, size = step.pageSize, rowSize = step.numHeads * d;
  int64_t width = *kernel.params[4].number;
  auto nextQuery = content(0).begin();
  for (size_t s = 0; s < step.sequences.size(); ++s)
    for (int64_t p = 0; p < step.sequences[s].length; ++p) {
      auto page = int64_t(content(3)[int64_t(s) * width + p / size]);
      for (int64_t i = 0; i < step.numKvHeads * d; ++i) {
        int64_t base = (page * step.numKvHeads + i / d) * d * size;
        keys.push_back(content(1)[base + i % d * size + p % size]);
        values.push_back(content(2)[base + p % size * d + i % d]);
      }
      bool asks = p >= step.sequences[s].length - step.sequences[s].count;
      isQuery.push_back(asks);
      q.resize(q.size() + rowSize);
      if (asks)
        std::copy_n(nextQuery, rowSize, q.end() - rowSize);
      nextQuery += asks ? rowSize : 0;
      positions.push_back(double(p));
      sequences.push_back(int32_t(s));
    }
}

std::vector<double> graphAttention(const AttentionStep &step,
                                   const KernelCase &kernel) {
  auto context = makeKernelContext();
  GraphCaller f(context.get());
  OpBuilder &b = f.builder();
  WholeStep whole(step, kernel);
  KvCacheOp::create(b, f.loc(), "kv", step.window, step.numKvHeads,
                    step.headDim, step.dtype(context.get()));
  f.begin();
  auto heads = [&](int64_t count) {
    return f.rows({count, step.headDim}, b.getF32Type());
  };
  Value q = f.argument(heads(step.numHeads), whole.q);
  Value keys = f.argument(heads(step.numKvHeads), whole.keys);
  Value values = f.argument(heads(step.numKvHeads), whole.values);
  Value positions = f.argument(f.rows({}, b.getI32Type()), whole.positions);
  KvWriteOp::create(b, f.loc(), "kv", keys, values, positions);
  Value y = AttentionOp::create(
      b, f.loc(), q.getType(), FlatSymbolRefAttr::get(b.getContext(), "kv"), q,
      positions, /*ends=*/Value(), b.getF32FloatAttr(1.0));
  std::vector<double> all = f.run(y, whole.sequences), wanted;
  int64_t rowSize = step.numHeads * step.headDim;
  for (size_t t = 0; t < whole.isQuery.size(); ++t)
    if (whole.isQuery[t] && all.size() == whole.q.size())
      wanted.insert(wanted.end(), all.begin() + int64_t(t) * rowSize,
                    all.begin() + int64_t(t + 1) * rowSize);
  return wanted;
}

} // namespace g4
