// A kernel that reads the step's sizes from memory: what it does in active
// items, and that it does nothing in others.

#include "compiler/tile/StepMemory.h"

#include "dialects/exec/Exec.h"

#include "gtest/gtest.h"

#include "test/codegen/Everywhere.h"

namespace g4 {
namespace {

using namespace mlir;

constexpr int64_t kCols = 256, kItems = 5, kActive = 3, kRows = 7;

/// y[i, :] = x[i, :] * number of rows, by way of scratch.
tile::KernelOp buildScaleByRows(OpBuilder &b, const TileConfig &config) {
  Location loc = b.getUnknownLoc();
  Type rows = MemRefType::get({ShapedType::kDynamic, kCols}, b.getF32Type());
  KernelBuilder k(b, loc, "scale_by_rows", {rows, b.getIndexType(), rows},
                  config);
  Value word = k.toI32(k.param(1));
  Value factor = arith::SIToFPOp::create(k.builder(), loc, k.f32(), word);
  Value staged = k.scratch({1, kCols}, k.f32());
  k.columns(kCols, [&](ColumnBlock block) {
    k.store(k.load(k.param(0), {.at = {k.gridX(), block.col}}, 1, block.width),
            staged, {.at = {k.index(0), block.col}});
  });
  k.barrier();
  k.columns(kCols, [&](ColumnBlock block) {
    Value x = k.load(staged, {.at = {k.index(0), block.col}}, 1, block.width);
    k.store(k.mulf(x, k.splat(1, block.width, factor)), k.param(2),
            {.at = {k.gridX(), block.col}});
  });
  return k.finish();
}

tile::KernelOp buildReplayed(OpBuilder &b, const TileConfig &config) {
  MLIRContext *context = b.getContext();
  context->loadDialect<exec::G4XDialect>();
  tile::KernelOp kernel = buildScaleByRows(b, config);
  SmallVector<Attribute> params = {
      exec::OperandAttr::get(context, 0),
      exec::DimAttr::get(context, exec::StepDim::Tokens),
      exec::ResultAttr::get(context, 0)};
  auto once = readSizesFromMemory(kernel, params);
  EXPECT_EQ(kernel.getParams().size(), once.size());
  // Two launches of one kernel: the second finds it rewritten.
  auto twice = readSizesFromMemory(kernel, params);
  EXPECT_EQ(once, twice);
  EXPECT_EQ(kernel.getParams().size(), once.size());
  return kernel;
}

TEST(StepMemory, ItemsThatAreNotActiveWriteNothing) {
  CaseNumbers numbers(5);
  CaseParam x = numbers.uniform(kItems * kCols, -1, 1);
  std::vector<double> expected(kItems * kCols);
  for (int64_t i = 0; i < kActive * kCols; ++i)
    expected[i] = x.content[i] * kRows;
  expectEverywhere({.name = "scale_by_rows",
                    .build = buildReplayed,
                    .params = {x, CaseNumbers::words({kRows}),
                               CaseNumbers::zeros(kItems * kCols),
                               CaseNumbers::words({kActive})},
                    .grid = {kItems, 1}},
                   2, expected, 1e-6);
}

} // namespace
} // namespace g4
