//===- TileItem.cpp - One work item: control flow and arithmetic ----------===//

#include "compiler/interpret/TileItem.h"

#include "runtime/base/Bf16.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace g4 {

using namespace mlir;

void TileItem::fail(const Twine &message) {
  if (error_)
    return;
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << current_->getName() << " at " << current_->getLoc() << ": "
         << message;
  error_ = std::move(text);
}

SmallVector<int64_t> TileItem::integers(ValueRange range) {
  SmallVector<int64_t> result;
  for (Value value : range)
    result.push_back(integer(value));
  return result;
}

TileValue TileItem::emptyTile(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  TileValue tile{type.getDimSize(0), type.getDimSize(1), {}};
  tile.elements.resize(tile.rows * tile.cols);
  return tile;
}

/// What storing `value` in an element of `type` makes of it.
double TileItem::rounded(double value, Type type) const {
  if (type.isBF16())
    return g4rt::fromBf16(g4rt::toBf16(static_cast<float>(value)));
  if (type.isF16())
    return static_cast<_Float16>(static_cast<float>(value));
  if (type.isF32() && precision_ == Precision::F32)
    return static_cast<float>(value);
  return value;
}

void TileItem::run(Block &block) { runRegion(block); }

SmallVector<ItemValue> TileItem::runRegion(Block &block) {
  for (Operation &op : block) {
    if (error_)
      return {};
    if (auto yield = dyn_cast<scf::YieldOp>(op)) {
      SmallVector<ItemValue> results;
      for (Value value : yield.getOperands())
        results.push_back(values_[value]);
      return results;
    }
    execute(&op);
  }
  return {};
}

void TileItem::execute(Operation *op) {
  current_ = op;
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return executeFor(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return executeIf(branch);
  if (executeTileOp(op) || executeMemoryOp(op) ||
      executeScalarOrElementwise(op))
    return;
  fail("has no meaning in a kernel");
}

void TileItem::executeFor(scf::ForOp op) {
  int64_t from = integer(op.getLowerBound()), to = integer(op.getUpperBound());
  int64_t step = integer(op.getStep());
  if (step <= 0)
    return fail("step must be positive");
  SmallVector<ItemValue> carried;
  for (Value init : op.getInitArgs())
    carried.push_back(values_[init]);
  for (int64_t i = from; i < to && !error_; i += step) {
    bind(op.getInductionVar(), static_cast<double>(i));
    for (auto [arg, value] : llvm::zip(op.getRegionIterArgs(), carried))
      bind(arg, value);
    carried = runRegion(*op.getBody());
    if (carried.size() != op.getNumResults())
      return;
  }
  for (auto [result, value] : llvm::zip(op.getResults(), carried))
    bind(result, value);
}

void TileItem::executeIf(scf::IfOp op) {
  Region &region =
      number(op.getCondition()) != 0 ? op.getThenRegion() : op.getElseRegion();
  if (region.empty())
    return;
  SmallVector<ItemValue> results = runRegion(region.front());
  for (auto [result, value] : llvm::zip(op.getResults(), results))
    bind(result, value);
}

//===----------------------------------------------------------------------===//
// Scalars and element-wise ops
//===----------------------------------------------------------------------===//

static bool compareNumbers(int64_t order, double a, double b) {
  switch (order) {
  case 0:
    return a == b;
  case 1:
    return a < b;
  case 2:
    return a <= b;
  case 3:
    return a > b;
  case 4:
    return a >= b;
  }
  return a != b;
}

static int64_t orderOf(arith::CmpIPredicate predicate) {
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return 0;
  case arith::CmpIPredicate::slt:
  case arith::CmpIPredicate::ult:
    return 1;
  case arith::CmpIPredicate::sle:
  case arith::CmpIPredicate::ule:
    return 2;
  case arith::CmpIPredicate::sgt:
  case arith::CmpIPredicate::ugt:
    return 3;
  case arith::CmpIPredicate::sge:
  case arith::CmpIPredicate::uge:
    return 4;
  case arith::CmpIPredicate::ne:
    return 5;
  }
  return 5;
}

/// Nothing of a predicate that no kernel has.
static std::optional<int64_t> orderOf(arith::CmpFPredicate predicate) {
  if (predicate == arith::CmpFPredicate::OEQ)
    return 0;
  if (predicate == arith::CmpFPredicate::OLT)
    return 1;
  return std::nullopt;
}

using Numbers = ArrayRef<double>;
using Function = std::function<double(Numbers)>;

static Function comparison(int64_t order) {
  return
      [order](Numbers x) { return double(compareNumbers(order, x[0], x[1])); };
}

/// The ops whose result is a function of their operands' elements.
static const llvm::StringMap<Function> &elementFunctions() {
  static const llvm::StringMap<Function> functions = {
      {"arith.addi", [](Numbers x) { return x[0] + x[1]; }},
      {"arith.subi", [](Numbers x) { return x[0] - x[1]; }},
      {"arith.muli", [](Numbers x) { return x[0] * x[1]; }},
      {"arith.divui", [](Numbers x) { return std::floor(x[0] / x[1]); }},
      {"arith.remui", [](Numbers x) { return std::fmod(x[0], x[1]); }},
      {"arith.maxsi", [](Numbers x) { return std::max(x[0], x[1]); }},
      {"arith.minsi", [](Numbers x) { return std::min(x[0], x[1]); }},
      {"arith.andi", [](Numbers x) { return double(x[0] != 0 && x[1] != 0); }},
      {"arith.index_cast", [](Numbers x) { return x[0]; }},
      {"arith.sitofp", [](Numbers x) { return x[0]; }},
      {"arith.fptosi", [](Numbers x) { return std::trunc(x[0]); }},
      // Between bytes, which are held as 0 to 255, and words.
      {"arith.extui", [](Numbers x) { return x[0]; }},
      {"arith.trunci",
       [](Numbers x) { return double(static_cast<int64_t>(x[0]) & 0xff); }},
      {"arith.extf", [](Numbers x) { return x[0]; }},
      {"arith.truncf", [](Numbers x) { return x[0]; }},
      {"arith.select", [](Numbers x) { return x[0] != 0 ? x[1] : x[2]; }},
      {"arith.addf", [](Numbers x) { return x[0] + x[1]; }},
      {"arith.subf", [](Numbers x) { return x[0] - x[1]; }},
      {"arith.mulf", [](Numbers x) { return x[0] * x[1]; }},
      {"arith.divf", [](Numbers x) { return x[0] / x[1]; }},
      {"arith.maxnumf", [](Numbers x) { return std::fmax(x[0], x[1]); }},
      {"math.fma", [](Numbers x) { return x[0] * x[1] + x[2]; }},
      {"math.exp", [](Numbers x) { return std::exp(x[0]); }},
      {"math.tanh", [](Numbers x) { return std::tanh(x[0]); }},
      {"math.cos", [](Numbers x) { return std::cos(x[0]); }},
      {"math.sin", [](Numbers x) { return std::sin(x[0]); }},
      {"math.rsqrt", [](Numbers x) { return 1.0 / std::sqrt(x[0]); }},
  };
  return functions;
}

/// Arithmetic of 32-bit words, which wraps; a word is held as its signed value.
static std::optional<Function> wordFunctionOf(Operation *op) {
  using Words = uint32_t (*)(uint32_t, uint32_t);
  static const llvm::StringMap<Words> functions = {
      {"arith.addi", [](uint32_t x, uint32_t y) { return x + y; }},
      {"arith.subi", [](uint32_t x, uint32_t y) { return x - y; }},
      {"arith.muli", [](uint32_t x, uint32_t y) { return x * y; }},
      {"arith.andi", [](uint32_t x, uint32_t y) { return x & y; }},
      {"arith.ori", [](uint32_t x, uint32_t y) { return x | y; }},
      {"arith.xori", [](uint32_t x, uint32_t y) { return x ^ y; }},
      {"arith.shli", [](uint32_t x, uint32_t y) { return x << (y & 31); }},
      {"arith.shrui", [](uint32_t x, uint32_t y) { return x >> (y & 31); }},
      {"arith.shrsi",
       [](uint32_t x, uint32_t y) {
         return static_cast<uint32_t>(static_cast<int32_t>(x) >> (y & 31));
       }},
      {"arith.divui", [](uint32_t x, uint32_t y) { return y ? x / y : 0; }},
      {"arith.index_cast", [](uint32_t x, uint32_t) { return x; }},
  };
  auto known = functions.find(op->getName().getStringRef());
  if (known == functions.end() ||
      !getElementTypeOrSelf(op->getResult(0).getType()).isInteger(32))
    return std::nullopt;
  return [words = known->second](Numbers x) {
    auto word = [&](size_t i) {
      return i < x.size() ? static_cast<uint32_t>(static_cast<int64_t>(x[i]))
                          : 0;
    };
    return static_cast<double>(static_cast<int32_t>(words(word(0), word(1))));
  };
}

static std::optional<Function> functionOf(Operation *op) {
  if (auto words = wordFunctionOf(op))
    return words;
  if (isa<arith::BitcastOp>(op) &&
      getElementTypeOrSelf(op->getResult(0).getType()).isInteger(32))
    return [](Numbers x) {
      return double(llvm::bit_cast<int32_t>(static_cast<float>(x[0])));
    };
  if (isa<arith::BitcastOp>(op))
    return [](Numbers x) {
      return double(llvm::bit_cast<float>(static_cast<int32_t>(x[0])));
    };
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return comparison(orderOf(compare.getPredicate()));
  if (auto compare = dyn_cast<arith::CmpFOp>(op))
    if (auto order = orderOf(compare.getPredicate()))
      return comparison(*order);
  auto known = elementFunctions().find(op->getName().getStringRef());
  if (known == elementFunctions().end())
    return std::nullopt;
  return known->second;
}

static double constantValue(Attribute attribute) {
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  return static_cast<double>(cast<IntegerAttr>(attribute).getInt());
}

bool TileItem::executeScalarOrElementwise(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    bind(constant, constantValue(constant.getValue()));
    return true;
  }
  std::optional<Function> function = functionOf(op);
  if (!function)
    return false;
  Value result = op->getResult(0);
  Type element = getElementTypeOrSelf(result.getType());
  SmallVector<double> inputs(op->getNumOperands());
  if (!isa<RankedTensorType>(result.getType())) {
    for (auto [input, operand] : llvm::zip(inputs, op->getOperands()))
      input = number(operand);
    bind(result, rounded((*function)(inputs), element));
    return true;
  }
  TileValue out = emptyTile(result);
  for (size_t i = 0; i < out.elements.size(); ++i) {
    for (auto [input, operand] : llvm::zip(inputs, op->getOperands()))
      input = tile(operand).elements[i];
    out.elements[i] = rounded((*function)(inputs), element);
  }
  bind(result, std::move(out));
  return true;
}

//===----------------------------------------------------------------------===//
// Tile arithmetic
//===----------------------------------------------------------------------===//

bool TileItem::executeTileOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](tile::ReduceOp o) { return reduce(o), true; })
      .Case([&](tile::BroadcastOp o) { return broadcast(o), true; })
      .Case([&](tile::IotaOp o) { return iota(o), true; })
      .Case([&](tile::SplatOp o) {
        TileValue out = emptyTile(o);
        std::fill(out.elements.begin(), out.elements.end(),
                  number(o.getScalar()));
        bind(o, std::move(out));
        return true;
      })
      .Case([&](tile::DotOp o) { return dot(o), true; })
      .Case([&](tile::DotPackedOp o) { return dotPacked(o), true; })
      .Case([&](tile::SingleOp o) {
        runRegion(o.getBody().front());
        return true;
      })
      .Case([&](tile::ForEachOp o) { return forEach(o), true; })
      .Case<tile::ReturnOp, tile::BarrierOp, tile::CommitAsyncOp,
            tile::WaitAsyncOp>([](Operation *) { return true; })
      .Default(false);
}

// The numbers in falling order: a result must not depend on it.
void TileItem::forEach(tile::ForEachOp op) {
  for (int64_t i = integer(op.getCount()) - 1; i >= 0 && !error_; --i) {
    bind(op.getNumber(), static_cast<double>(i));
    runRegion(op.getBody().front());
  }
}

void TileItem::reduce(tile::ReduceOp op) {
  const TileValue &source = tile(op.getSource());
  TileValue out = emptyTile(op);
  for (int64_t r = 0; r < source.rows; ++r) {
    double total = source.at(r, 0);
    for (int64_t c = 1; c < source.cols; ++c) {
      double x = source.at(r, c);
      switch (op.getKind()) {
      case tile::ReduceKind::Add:
        total += x;
        break;
      case tile::ReduceKind::Max:
        total = std::fmax(total, x);
        break;
      case tile::ReduceKind::Min:
        total = std::fmin(total, x);
        break;
      }
    }
    out.at(r, 0) = rounded(total, getElementTypeOrSelf(op.getType()));
  }
  bind(op, std::move(out));
}

void TileItem::broadcast(tile::BroadcastOp op) {
  const TileValue &source = tile(op.getSource());
  TileValue out = emptyTile(op);
  for (int64_t r = 0; r < out.rows; ++r)
    for (int64_t c = 0; c < out.cols; ++c)
      out.at(r, c) =
          source.at(source.rows == 1 ? 0 : r, source.cols == 1 ? 0 : c);
  bind(op, std::move(out));
}

void TileItem::iota(tile::IotaOp op) {
  TileValue out = emptyTile(op);
  for (int64_t r = 0; r < out.rows; ++r)
    for (int64_t c = 0; c < out.cols; ++c)
      out.at(r, c) = static_cast<double>(op.getDim() == 0 ? r : c);
  bind(op, std::move(out));
}

} // namespace g4
