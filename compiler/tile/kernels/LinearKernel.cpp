//===- LinearKernel.cpp - What the forms of the linear kernel share -------===//

#include "compiler/tile/kernels/LinearKernel.h"

namespace g4 {

using namespace mlir;
using graph::Epilogue;
using Experts = LinearSpec::Experts;

int64_t LinearSpec::xCols() const {
  return integerRows ? QuantizeSpec{.cols = inputCols}.numWords() : inputCols;
}

static MemRefType matrix(Type element, int64_t cols) {
  return MemRefType::get({ShapedType::kDynamic, cols}, element);
}

LinearKernel::LinearKernel(OpBuilder &b, Location loc, StringRef name,
                           const LinearSpec &spec, const LinearConfig &config,
                           bool inBlocks)
    : spec_(spec), config_(config),
      k_(b, loc, name, paramTypes(b, spec, inBlocks), config.tile) {}

SmallVector<Type> LinearKernel::paramTypes(OpBuilder &b, const LinearSpec &spec,
                                           bool inBlocks) {
  int64_t xCols = inBlocks ? tile::DotPackedOp::kBlock : spec.xCols();
  Type f32 = b.getF32Type();
  Type words = wordsType(b);
  Type xElement = spec.integerRows ? Type(b.getI32Type()) : f32;
  SmallVector<Type> types = {matrix(xElement, xCols), spec.weight,
                             matrix(f32, spec.outputCols), b.getIndexType()};
  if (spec.hasNorm && inBlocks)
    types.push_back(MemRefType::get({spec.inputCols / xCols, xCols}, f32));
  else if (spec.hasNorm)
    types.push_back(MemRefType::get({spec.inputCols}, f32));
  if (spec.epilogue == Epilogue::GeluTimes)
    types.push_back(matrix(f32, spec.upCols));
  if (spec.hasRowMap || spec.experts == Experts::Direct)
    types.push_back(words);
  if (spec.experts == Experts::Grouped)
    types.append(spec.xPerAssignment ? 5 : 6, words);
  return types;
}

void LinearKernel::takeParams() {
  x_ = next();
  w_ = next();
  y_ = next();
  numRows_ = next();
  if (spec_.hasNorm)
    norm_ = next();
  if (spec_.epilogue == Epilogue::GeluTimes)
    up_ = next();
  if (spec_.hasRowMap)
    map_ = next();
  if (spec_.experts == Experts::Direct)
    experts_ = next();
  if (spec_.experts != Experts::Grouped)
    return;
  tileExperts_ = next();
  tileBegins_ = next();
  tileEnds_ = next();
  numTiles_ = next();
  order_ = next();
  tokens_ = spec_.xPerAssignment ? order_ : next();
}

tile::KernelOp LinearKernel::build() {
  takeParams();
  declareScratch();
  if (spec_.experts == Experts::Grouped) {
    // The grid has room for the worst split; what is left over does nothing.
    Value zero = k_.index(0);
    k_.ifTrue(k_.less(k_.gridX(), k_.loadIndex(numTiles_, zero)), [&] {
      first_ = k_.loadIndex(tileBegins_, k_.gridX());
      end_ = k_.loadIndex(tileEnds_, k_.gridX());
      expert_ = k_.loadIndex(tileExperts_, k_.gridX());
      item();
    });
    return k_.finish();
  }
  first_ = k_.mul(k_.gridX(), config_.rowTile);
  end_ = numRows_;
  if (spec_.experts == Experts::Direct)
    expert_ = k_.loadIndex(experts_, first_);
  item();
  return k_.finish();
}

LinearKernel::Values LinearKernel::weightPlace(Value row, Value depth) {
  Values at = {row, depth};
  if (expert_)
    at.insert(at.begin(), expert_);
  return at;
}

Value LinearKernel::inputRow(Value m) {
  Value row = k_.add(first_, m);
  if (spec_.experts == Experts::Direct && !spec_.xPerAssignment)
    row = k_.div(row, spec_.topK);
  return row;
}

KernelBuilder::Place LinearKernel::outputPlace() {
  KernelBuilder::Place place{.at = {first_, col_}};
  if (spec_.outputCols % config_.colTile)
    place.colBound = k_.index(spec_.outputCols);
  if (config_.rowTile > 1)
    place.rowBound = end_;
  if (order_) {
    place.rowMap = order_;
    place.rowOffset = first_;
    place.at[0] = k_.index(0);
  }
  return place;
}

Value LinearKernel::upTile() {
  KernelBuilder::Place place = outputPlace();
  place.at[1] = k_.add(place.at[1], spec_.upOffset);
  if (place.colBound)
    place.colBound = k_.add(place.colBound, spec_.upOffset);
  return k_.load(up_, place, config_.rowTile, config_.colTile);
}

Value LinearKernel::epilogue(Value z, Value up) {
  switch (spec_.epilogue) {
  case Epilogue::None:
    return z;
  case Epilogue::GeluGated:
    return k_.geluMul(z, up);
  case Epilogue::GeluTimes:
    return k_.geluMul(z, upTile());
  case Epilogue::Softcap:
    return k_.softcap(z, spec_.cap);
  }
  llvm_unreachable("an epilogue that the enum does not have");
}

} // namespace g4
