//===- PictureCase.cpp - Pictures and prompts to interpret in tests -------===//

#include "test/compiler/interpret/PictureCase.h"

#include "models/gemma4/Graph.h"

#include <algorithm>
#include <iostream>
#include <numeric>

namespace g4 {

using namespace mlir;
namespace json = g4rt::json;

template <typename T>
static T orDie(g4rt::Result<T> result) {
  if (result)
    return *std::move(result);
  std::cerr << result.error().toString() << "\n";
  std::abort();
}

static int64_t lastDimOf(func::FuncOp function, unsigned argument) {
  auto type = cast<RankedTensorType>(function.getArgumentTypes()[argument]);
  return type.getShape().back();
}

static GraphTensor zeros(std::vector<int64_t> shape) {
  return orDie(makeTensor(std::move(shape)));
}

//===----------------------------------------------------------------------===//
// Towers
//===----------------------------------------------------------------------===//

static GraphTensor pixels(int64_t count, int64_t size) {
  GraphTensor values = zeros({count, size});
  for (int64_t i = 0; i < count; ++i)
    for (int64_t c = 0; c < size; ++c) {
      int64_t step = i * 7919 + c * 104729 + i * c % 4093 * 31;
      values.row(i)[c] = static_cast<double>(step % 256) / 255;
    }
  return values;
}

/// Column and row of each place of the grids.
static GraphTensor places(const std::vector<PatchGrid> &grids, int64_t count) {
  GraphTensor positions = zeros({count, 2});
  int64_t next = 0;
  for (const PatchGrid &grid : grids)
    for (int64_t i = 0; i < grid.count(); ++i, ++next) {
      positions.row(next)[0] = static_cast<double>(i % grid.numColumns);
      positions.row(next)[1] = static_cast<double>(i / grid.numColumns);
    }
  return positions;
}

static PatchGrid cellsOf(const PatchGrid &grid) {
  return {grid.numRows / kPooling, grid.numColumns / kPooling};
}

static int64_t countAll(const std::vector<PatchGrid> &grids) {
  int64_t count = 0;
  for (const PatchGrid &grid : grids)
    count += grid.count();
  return count;
}

/// The rows of the patches of each cell of a picture whose first row is given.
static void appendCells(const PatchGrid &grid, int64_t first,
                        std::vector<double> &rows) {
  for (int64_t cell = 0; cell < cellsOf(grid).count(); ++cell) {
    int64_t row = cell / cellsOf(grid).numColumns * kPooling;
    int64_t column = cell % cellsOf(grid).numColumns * kPooling;
    for (int64_t i = 0; i < kPooling * kPooling; ++i)
      rows.push_back(
          static_cast<double>(first + (row + i / kPooling) * grid.numColumns +
                              column + i % kPooling));
  }
}

static std::vector<GraphArgument>
projectionArguments(func::FuncOp vision, const std::vector<PatchGrid> &grids) {
  std::vector<PatchGrid> cells(grids.size());
  std::ranges::transform(grids, cells.begin(), cellsOf);
  int64_t count = countAll(cells);
  return {pixels(count, lastDimOf(vision, 0)), places(cells, count)};
}

std::vector<GraphArgument> towerArguments(func::FuncOp vision,
                                          const std::vector<PatchGrid> &grids,
                                          int64_t numFill) {
  if (vision.getNumArguments() == 2)
    return projectionArguments(vision, grids);
  std::vector<int32_t> begins, ends;
  std::vector<double> cells;
  for (const PatchGrid &grid : grids) {
    auto first = static_cast<int32_t>(begins.size());
    auto end = first + static_cast<int32_t>(grid.count());
    appendCells(grid, first, cells);
    begins.resize(end, first);
    ends.resize(end, end);
  }
  begins.resize(begins.size() + numFill, 0);
  ends.resize(begins.size(), 0);
  auto count = static_cast<int64_t>(begins.size());
  int64_t perCell = kPooling * kPooling;
  auto numCells = static_cast<int64_t>(cells.size()) / perCell;
  return {pixels(count, lastDimOf(vision, 0)), places(grids, count),
          indexTensor(begins), indexTensor(ends),
          GraphTensor{{numCells, perCell}, std::move(cells)}};
}

//===----------------------------------------------------------------------===//
// Prompts
//===----------------------------------------------------------------------===//

GraphTensor formulaSoftTokens(int64_t count, int64_t size) {
  GraphTensor values = zeros({count, size});
  for (int64_t i = 0; i < count; ++i)
    for (int64_t c = 0; c < size; ++c) {
      int64_t step = i * 73 + c * 151 + i * c % 1021 * 7;
      values.row(i)[c] = static_cast<double>(step % 129 - 64) / 64;
    }
  return values;
}

static std::vector<int32_t> numbersOf(const json::value &array) {
  std::vector<int32_t> numbers;
  for (const json::value &entry : array.as_array())
    numbers.push_back(entry.to_number<int32_t>());
  return numbers;
}

PicturePrompt PicturePrompt::read(const json::value &facts) {
  PicturePrompt prompt{
      numbersOf(facts.at("ids")), numbersOf(facts.at("soft_rows")), {}};
  for (const json::value &span : facts.at("spans").as_array()) {
    std::vector<int32_t> bounds = numbersOf(span);
    prompt.spans.emplace_back(bounds.at(0), bounds.at(1));
  }
  return prompt;
}

int32_t PicturePrompt::numSoftTokens() const {
  return 1 + *std::ranges::max_element(softRows);
}

std::vector<int32_t> PicturePrompt::causalEnds() const {
  std::vector<int32_t> ends(ids.size());
  std::iota(ends.begin(), ends.end(), 1);
  return ends;
}

std::vector<int32_t> PicturePrompt::ends() const {
  std::vector<int32_t> ends = causalEnds();
  for (auto [begin, end] : spans)
    std::fill(ends.begin() + begin, ends.begin() + end, end);
  return ends;
}

static GraphTensor part(const std::vector<int32_t> &all,
                        const PromptStep &step) {
  return indexTensor({all.begin() + step.begin, all.begin() + step.end});
}

std::vector<GraphArgument> textArguments(func::FuncOp text,
                                         const PromptStep &step,
                                         const GraphTensor &softTokens) {
  std::vector<int32_t> positions(step.prompt.size()), outputs = step.outputs;
  std::iota(positions.begin(), positions.end(), 0);
  for (int32_t &row : outputs)
    row -= step.begin;
  std::vector<GraphArgument> arguments = {
      part(step.prompt.ids, step), part(positions, step), indexTensor(outputs),
      softTokens, part(step.prompt.softRows, step)};
  if (text.getNumArguments() > arguments.size())
    arguments.emplace_back(part(step.ends, step));
  return arguments;
}

GraphTensor resultOf(GraphInterpreter &interpreter,
                     const std::vector<GraphArgument> &arguments) {
  auto rows = std::get<GraphTensor>(arguments[0]).numRows();
  return orDie(interpreter.run(arguments, std::vector<int32_t>(rows)))[0];
}

SoftTextModel::SoftTextModel(const std::string &path)
    : context_(std::make_unique<MLIRContext>()),
      checkpoint_(std::make_unique<Checkpoint>(
          orDie(Checkpoint::open(G4_TEST_ROOT "/" + path)))) {
  context_->loadDialect<graph::G4Dialect, func::FuncDialect>();
  gemma4::TextConfig config =
      orDie(gemma4::parseTextConfig(checkpoint_->config()));
  hiddenSize_ = config.hiddenSize;
  module_ = gemma4::buildTextGraph(
      config, orDie(gemma4::resolveWeights(config, *checkpoint_)),
      gemma4::TextInputs::WithSoftTokens, context_.get());
}

func::FuncOp SoftTextModel::text() {
  return module_->lookupSymbol<func::FuncOp>("text");
}

GraphInterpreter SoftTextModel::interpreter() {
  return interpreterOf(text(), checkpointWeights(*checkpoint_));
}

} // namespace g4
