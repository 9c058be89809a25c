//===- TensorCoreCase.cpp - Linears on tensor cores as cases --------------===//

#include "test/codegen/TensorCoreCase.h"

#include "compiler/tile/TargetConfig.h"
#include "runtime/base/Bf16.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

namespace g4 {

using namespace mlir;
using Experts = LinearSpec::Experts;

LinearSpec specOf(const TensorCoreLinear &l, const TensorCoreChoice &choice,
                  MLIRContext *context) {
  auto format = quant::FormatAttr::of(context, *artifact::findFormat(l.format));
  auto layout = quant::LayoutAttr::get(context, kPanelRows, 1, 16);
  int64_t padded = llvm::alignTo(l.n, kPanelRows);
  SmallVector<int64_t> shape = {l.isGated() ? 2 * padded : l.n, l.k};
  if (l.numExperts)
    shape.insert(shape.begin(), l.numExperts);
  LinearSpec spec{.weight =
                      quant::WeightType::get(context, shape, format, layout),
                  .inputCols = l.k,
                  .outputCols = l.n,
                  .epilogue = l.epilogue,
                  .cap = 30,
                  .hasNorm = l.hasNorm,
                  .epsilon = 1e-6,
                  .upCols = l.n + 5,
                  .upOffset = 3,
                  .hasRowMap = !l.rowMap.empty()};
  if (l.numExperts)
    spec.experts = choice.isGrouped ? Experts::Grouped : Experts::Direct;
  spec.topK = l.topK;
  spec.xPerAssignment = l.xPerAssignment;
  return spec;
}

LinearConfig configOf(const TensorCoreLinear &l, const TensorCoreChoice &choice,
                      MLIRContext *context) {
  const MatrixIntrinsic &intrinsic = *findMatrixIntrinsic(choice.intrinsic);
  bool isNvidia = choice.intrinsic == StringRef(kMma16x8x16);
  auto target = tile::TargetAttr::get(context, "gpu", isNvidia ? "cuda" : "hip",
                                      intrinsic.numLanes(), choice.scratchBytes,
                                      {}, choice.intrinsic);
  return TargetConfig::of(target).tensorCoreLinear(specOf(l, choice, context),
                                                   choice.rowTile);
}

namespace {
/// Assignments by expert, cut into tiles.
struct Groups {
  std::vector<double> experts, begins, ends, order, tokens;

  Groups(const TensorCoreLinear &l, int64_t rowTile) {
    for (int64_t e = 0; e < l.numExperts; ++e) {
      auto begin = int64_t(order.size());
      for (size_t a = 0; a < l.experts.size(); ++a)
        if (int64_t(l.experts[a]) == e) {
          order.push_back(double(a));
          tokens.push_back(double(int64_t(a) / l.topK));
        }
      auto end = int64_t(order.size());
      for (int64_t first = begin; first < end; first += rowTile) {
        experts.push_back(double(e));
        begins.push_back(double(first));
        ends.push_back(double(std::min(end, first + rowTile)));
      }
    }
  }
};
} // namespace

static void addExperts(KernelCase &kernel, const TensorCoreLinear &l,
                       const TensorCoreChoice &choice, int64_t rowTile) {
  if (!choice.isGrouped) {
    kernel.params.push_back(CaseNumbers::words(l.experts));
    kernel.grid.x = l.outputRows();
    return;
  }
  Groups groups(l, rowTile);
  auto count = double(groups.begins.size());
  for (const std::vector<double> &words :
       {groups.experts, groups.begins, groups.ends, {count}, groups.order})
    kernel.params.push_back(CaseNumbers::words(words));
  if (!l.xPerAssignment)
    kernel.params.push_back(CaseNumbers::words(groups.tokens));
  kernel.grid.x = int64_t(count) + 1; // one tile more than there are
}

KernelCase tensorCoreCase(const TensorCoreLinear &l,
                          const TensorCoreChoice &choice,
                          std::vector<double> *weight) {
  auto context = makeKernelContext();
  LinearConfig config = configOf(l, choice, context.get());
  KernelCase kernel;
  kernel.name = "linear";
  kernel.build = [=](OpBuilder &b) {
    return buildLinear(b, b.getUnknownLoc(), "linear",
                       specOf(l, choice, b.getContext()),
                       configOf(l, choice, b.getContext()));
  };
  CaseNumbers numbers(7);
  int64_t xRows = l.xPerAssignment ? l.outputRows() : l.rows;
  kernel.params = {numbers.uniform(xRows * l.k, -1, 1),
                   numbers.weight(specOf(l, choice, context.get()).weight, 0.3),
                   CaseNumbers::zeros(l.outputRows() * l.n),
                   CaseNumbers::number(l.outputRows())};
  if (weight)
    *weight = numbers.lastWeight();
  if (l.hasNorm)
    kernel.params.push_back(numbers.uniform(l.k, 0.5, 1.5));
  if (l.epilogue == graph::Epilogue::GeluTimes)
    kernel.params.push_back(numbers.uniform(l.outputRows() * (l.n + 5), -1, 1));
  if (!l.rowMap.empty())
    kernel.params.push_back(CaseNumbers::words(l.rowMap));
  kernel.grid = {int64_t(llvm::divideCeil(l.outputRows(), config.rowTile)),
                 int64_t(llvm::divideCeil(llvm::alignTo(l.n, kPanelRows),
                                          config.colTile))};
  if (l.numExperts)
    addExperts(kernel, l, choice, config.rowTile);
  return kernel;
}

namespace {
/// Rows of y, one by one, from the numbers of the case.
class PlainLinear {
public:
  explicit PlainLinear(const TensorCoreLinear &l)
      : l_(l), params_(tensorCoreCase(l, {1}, &w_).params) {}

  void addRow(int64_t r, std::vector<double> &y) const;

private:
  int64_t inputRow(int64_t r) const;
  double product(const std::vector<double> &x, int64_t weightRow) const;

  const TensorCoreLinear &l_;
  std::vector<double> w_;
  std::vector<CaseParam> params_; // after 3: the norm's weight, up
};
} // namespace

int64_t PlainLinear::inputRow(int64_t r) const {
  if (l_.numExperts)
    return l_.xPerAssignment ? r : r / l_.topK;
  return l_.rowMap.empty() ? r : int64_t(l_.rowMap[r]);
}

double PlainLinear::product(const std::vector<double> &x,
                            int64_t weightRow) const {
  double sum = 0;
  for (int64_t k = 0; k < l_.k; ++k)
    sum += x[k] * w_[weightRow * l_.k + k];
  return sum;
}

static double plainGelu(double z) {
  return 0.5 * z *
         (1 + std::tanh(std::sqrt(2 / M_PI) * (z + 0.044715 * z * z * z)));
}

void PlainLinear::addRow(int64_t r, std::vector<double> &y) const {
  using graph::Epilogue;
  const double *row = &params_[0].content[inputRow(r) * l_.k];
  std::vector<double> x(row, row + l_.k);
  double squares = 0;
  for (int64_t k = 0; k < l_.k; ++k) {
    squares += x[k] * x[k];
    float scaled = float(x[k]);
    if (l_.hasNorm)
      scaled *= float(params_[4].content[k]);
    x[k] = g4rt::fromBf16(g4rt::toBf16(scaled));
  }
  double factor = l_.hasNorm ? 1 / std::sqrt(squares / double(l_.k) + 1e-6) : 1;
  // Of an expert: n rows, or n rows of gates and n of ups, each with padding.
  int64_t half = int64_t(llvm::alignTo(l_.n, kPanelRows));
  int64_t first =
      l_.numExperts ? int64_t(l_.experts[r]) * (l_.isGated() ? 2 * half : l_.n)
                    : 0;
  for (int64_t n = 0; n < l_.n; ++n) {
    double z = factor * product(x, first + n);
    if (l_.epilogue == Epilogue::GeluGated)
      z = plainGelu(z) * factor * product(x, first + half + n);
    if (l_.epilogue == Epilogue::GeluTimes)
      z = plainGelu(z) * params_.back().content[r * (l_.n + 5) + 3 + n];
    if (l_.epilogue == Epilogue::Softcap)
      z = 30 * std::tanh(z / 30);
    y.push_back(z);
  }
}

std::vector<double> plainTensorCoreLinear(const TensorCoreLinear &l) {
  PlainLinear linear(l);
  std::vector<double> y;
  for (int64_t r = 0; r < l.outputRows(); ++r)
    linear.addRow(r, y);
  return y;
}

} // namespace g4
