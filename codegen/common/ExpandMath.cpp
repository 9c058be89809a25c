//===- ExpandMath.cpp - exp, tanh, sin, cos, rsqrt as arithmetic ----------===//
//
//   %y = math.exp %x : vector<16xf32>
//
// becomes
//
//   %n = round(%x * log2(e));  %r = %x - %n * ln(2)      (two parts of ln 2)
//   %p = 1 + %r + %r^2 * polynomial(%r);  %y = %p * 2^%n (in the exponent bits)
//
// and the others likewise. The polynomials are minimax fits in f64 of the
// relative error; with f32 arithmetic the results are within 2 ulp of the true
// value on the ranges that docs/numerics.md states. Ops on other types are left
// alone. Test: test/codegen/common/g4-expand-math.mlir
//
//===----------------------------------------------------------------------===//

#include "codegen/common/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <limits>

namespace g4 {

#define GEN_PASS_DEF_EXPANDMATHPASS
#include "codegen/common/Passes.h.inc"

using namespace mlir;

namespace {

/// Arithmetic on f32 scalars or vectors of one shape.
struct Floats {
  OpBuilder &b;
  Location loc;
  Type type; // f32 or a vector of it

  Type intType() const {
    Type i32 = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      return vector.clone(i32);
    return i32;
  }
  Value constant(double value) {
    TypedAttr attr = b.getF32FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value intConstant(int32_t value) {
    TypedAttr attr = b.getI32IntegerAttr(value);
    if (auto vector = dyn_cast<VectorType>(intType()))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, loc, x, y, z);
  }
  Value less(Value x, Value y) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, y);
  }
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, loc, condition, yes, no);
  }
  Value asInt(Value x) {
    return arith::BitcastOp::create(b, loc, intType(), x);
  }
  Value asFloat(Value x) { return arith::BitcastOp::create(b, loc, type, x); }
  Value intAnd(Value x, int32_t mask) {
    return arith::AndIOp::create(b, loc, x, intConstant(mask));
  }
  Value intAdd(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value shiftLeft(Value x, int32_t bits) {
    return arith::ShLIOp::create(b, loc, x, intConstant(bits));
  }
  Value isZero(Value x) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x,
                                 intConstant(0));
  }
  Value flipSign(Value x, Value signBit) {
    return asFloat(arith::XOrIOp::create(b, loc, asInt(x), signBit));
  }
  Value magnitude(Value x) { return asFloat(intAnd(asInt(x), 0x7fffffff)); }
  Value signOf(Value x) {
    return intAnd(asInt(x), std::numeric_limits<int32_t>::min());
  }

  /// coefficients[0] + x * (coefficients[1] + x * ...).
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = constant(coefficients.back());
    for (double c : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(c));
    return sum;
  }

  /// The nearest whole number: adding 1.5 * 2^23 leaves no bits for a fraction.
  /// In the sum's low bits is the number itself.
  struct Rounded {
    Value number, bits;
  };
  Rounded round(Value x) {
    constexpr double kMagic = 12582912.0;
    Value shifted = add(x, constant(kMagic));
    return {sub(shifted, constant(kMagic)), asInt(shifted)};
  }
};

// ln 2 in two parts, the first with zeros at its end.
constexpr double kLog2E = 1.4426950408889634;
constexpr double kLn2High = 0.693145751953125, kLn2Low = 1.428606765330187e-06;
// Beyond these the result is 0, or stays at exp(88.37).
constexpr double kExpLow = -87.33654, kExpHigh = 88.37626;
constexpr double kExpCoefficients[] = {0.49999994, 0.16666521, 0.04166839,
                                       0.00836871, 0.0013814613};

Value expandExp(Floats f, Value x) {
  Value low = f.constant(kExpLow), high = f.constant(kExpHigh);
  Value tooLow = f.less(x, low);
  Value clamped = f.select(tooLow, low, f.select(f.less(high, x), high, x));
  Floats::Rounded n = f.round(f.mul(clamped, f.constant(kLog2E)));
  Value minusN = f.sub(f.constant(0), n.number);
  Value r = f.fma(minusN, f.constant(kLn2High), clamped);
  r = f.fma(minusN, f.constant(kLn2Low), r);
  Value tail = f.mul(f.mul(r, r), f.polynomial(r, kExpCoefficients));
  Value mantissa = f.add(f.constant(1), f.add(r, tail));
  // The magic number's bits are a multiple of 2^9 and vanish in the shift.
  Value power = f.shiftLeft(f.intAdd(n.bits, f.intConstant(127)), 23);
  Value y = f.mul(mantissa, f.asFloat(power));
  return f.select(tooLow, f.constant(0), y);
}

constexpr double kTanhSmall = 0.625, kTanhOne = 10.0;
constexpr double kTanhCoefficients[] = {-0.33333284, 0.13331491, -0.053743497,
                                        0.020650586, -0.0057170447};

// Small arguments by polynomial, others by 1 - 2 / (exp(2|x|) + 1).
Value expandTanh(Floats f, Value x) {
  Value size = f.magnitude(x), one = f.constant(1), ten = f.constant(kTanhOne);
  Value clamped = f.select(f.less(ten, size), ten, size);
  Value e = expandExp(f, f.add(clamped, clamped));
  Value large = f.sub(one, f.div(f.constant(2), f.add(e, one)));
  Value square = f.mul(x, x);
  Value small =
      f.fma(f.mul(x, square), f.polynomial(square, kTanhCoefficients), x);
  return f.select(f.less(size, f.constant(kTanhSmall)), small,
                  f.flipSign(large, f.signOf(x)));
}

// pi/2 in three parts: with fma the reduction is right to 2^18 radians and more
// (Cody & Waite 1980).
constexpr double kTwoOverPi = 0.6366197723675814;
constexpr double kPiOver2[] = {1.5707963705062866, -4.371138828673793e-08,
                               -1.7151245100058819e-15};
constexpr double kSinCoefficients[] = {-0.16666667, 0.008333329, -0.00019839335,
                                       2.7183116e-06};
constexpr double kCosCoefficients[] = {0.041666646, -0.0013887368,
                                       2.4438452e-05};

/// sin(x + quarterTurns * pi/2).
Value expandSin(Floats f, Value x, int32_t quarterTurns) {
  Floats::Rounded n = f.round(f.mul(x, f.constant(kTwoOverPi)));
  Value minusN = f.sub(f.constant(0), n.number), r = x;
  for (double part : kPiOver2)
    r = f.fma(minusN, f.constant(part), r);
  Value square = f.mul(r, r);
  Value sine =
      f.fma(f.mul(r, square), f.polynomial(square, kSinCoefficients), r);
  Value cosine =
      f.fma(f.mul(square, square), f.polynomial(square, kCosCoefficients),
            f.fma(square, f.constant(-0.5), f.constant(1)));
  Value quadrant = f.intAdd(n.bits, f.intConstant(quarterTurns));
  Value even = f.isZero(f.intAnd(quadrant, 1));
  Value sign = f.shiftLeft(f.intAnd(quadrant, 2), 30);
  return f.flipSign(f.select(even, sine, cosine), sign);
}

Value expandRsqrt(Floats f, Value x) {
  return f.div(f.constant(1), math::SqrtOp::create(f.b, f.loc, x));
}

template <typename Op>
struct Expand : OpRewritePattern<Op> {
  using Expansion = Value (*)(Floats, Value);
  Expand(MLIRContext *context, Expansion expansion)
      : OpRewritePattern<Op>(context), expansion(expansion) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32() ||
        isa<TensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "not f32 scalars or vectors");
    Floats floats{rewriter, op.getLoc(), op.getType()};
    rewriter.replaceOp(op, expansion(floats, op.getOperand()));
    return success();
  }
  Expansion expansion;
};

/// max and min by a comparison: a NaN loses to the second operand. LLVM selects
/// the machine's instruction; the conversions of the gpu dialect would call a
/// device library for arith's ops.
template <typename Op, arith::CmpFPredicate predicate>
struct ExpandExtremum : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (isa<TensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "a tile");
    Value first = arith::CmpFOp::create(rewriter, op.getLoc(), predicate,
                                        op.getLhs(), op.getRhs());
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, first, op.getLhs(),
                                                 op.getRhs());
    return success();
  }
};

struct ExpandMath : impl::ExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    patterns.add<Expand<math::ExpOp>>(context, expandExp);
    patterns.add<Expand<math::TanhOp>>(context, expandTanh);
    patterns.add<Expand<math::RsqrtOp>>(context, expandRsqrt);
    patterns.add<ExpandExtremum<arith::MaxNumFOp, arith::CmpFPredicate::OGT>,
                 ExpandExtremum<arith::MinNumFOp, arith::CmpFPredicate::OLT>>(
        context);
    patterns.add<Expand<math::SinOp>>(
        context, [](Floats f, Value x) { return expandSin(f, x, 0); });
    patterns.add<Expand<math::CosOp>>(
        context, [](Floats f, Value x) { return expandSin(f, x, 1); });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace g4
