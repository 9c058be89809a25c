// Kernels that make synthetic weights, against the formula in plain C++: the
// same bits in every packing, on one thread and on a block of a GPU.

#include "runtime/artifact/PackedInt4.h"
#include "runtime/artifact/Packing.h"
#include "runtime/artifact/Synthetic.h"

#include <gtest/gtest.h>

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using artifact::SyntheticValues;

/// A weight of `matrices` matrices whose rows lie in segments.
struct Shape {
  int64_t matrices, segments, realRows, paddedRows, cols; // rows of a segment
};

// Nothing divides but the padded rows; a panel is some of the widest tiles and
// a rest. 352 columns of integers are five units and a half.
constexpr Shape kPlainShape{2, 2, 19, 32, 203}, kInt4Shape{2, 2, 19, 32, 352};

const SyntheticValues kValues{
    .seed = 0xfedcba9876543210, .center = 1, .halfWidth = 0.25f};

struct Layout {
  const char *name;
  int64_t panel, interleave, mma;
};
constexpr Layout kLayouts[] = {{"rows", 0, 1, 0},
                               {"panel16", 16, 1, 0},
                               {"panel16x2", 16, 2, 0},
                               {"mma16x16", 16, 1, 16}};

/// Rows of the source that a stored row of the whole weight is; -1 for padding.
int64_t sourceRow(const Shape &shape, int64_t row) {
  int64_t segment = row / shape.paddedRows, inSegment = row % shape.paddedRows;
  return inSegment < shape.realRows ? segment * shape.realRows + inSegment : -1;
}

TileConfig gpuConfig(mlir::MLIRContext *context) {
  return {.layout = tile::BlockedAttr::get(context, 1, 64, 2),
          .threads = 64,
          .colBlock = 128};
}

std::vector<double> expectedPlain(const Shape &shape,
                                  const artifact::PackedMatrix &matrix,
                                  Element element) {
  std::vector<double> stored(shape.matrices * matrix.numElements());
  int64_t matrixRows = shape.segments * shape.paddedRows;
  for (int64_t row = 0; row < shape.matrices * matrixRows; ++row)
    for (int64_t col = 0; col < shape.cols; ++col) {
      int64_t source = sourceRow(shape, row);
      if (source < 0)
        continue;
      float value = kValues.at(source, col);
      if (element == Element::BF16)
        value = g4rt::fromBf16(g4rt::toBf16(value));
      stored[row / matrixRows * matrix.numElements() +
             matrix.indexOf(row % matrixRows, col)] = value;
    }
  return stored;
}

std::vector<CaseParam> paramsOf(const Shape &shape, CaseParam memory,
                                int64_t panel, uint32_t step) {
  int64_t panels = shape.matrices * shape.segments * shape.paddedRows / panel;
  auto count = int64_t(memory.content.size());
  auto number = CaseNumbers::number;
  return {std::move(memory),
          number(kValues.seed & 0xffffffff),
          number(kValues.seed >> 32),
          number(std::bit_cast<uint32_t>(kValues.center)),
          number(step),
          number(shape.cols),
          number(count / panels),
          number(shape.paddedRows / panel),
          number(shape.realRows)};
}

/// Memory that a kernel has to write, every element of it.
CaseParam dirty(int64_t count, Element element) {
  return {element, std::vector<double>(count, 77), {}};
}

/// The kernel for a layout; `int4` or numbers of `element`.
KernelCase makeCase(const Layout &layout, Element element, bool int4,
                    bool isGpu) {
  KernelCase made;
  made.name = layout.name;
  made.build = [=](mlir::OpBuilder &b) {
    mlir::MLIRContext *context = b.getContext();
    mlir::Type type =
        int4 ? mlir::Type(b.getIntegerType(4))
             : (element == Element::BF16 ? mlir::Type(b.getBF16Type())
                                         : b.getF32Type());
    auto format = quant::FormatAttr::get(context, type, int4 ? 32 : 0,
                                         int4 ? b.getBF16Type() : mlir::Type());
    auto order = quant::LayoutAttr::get(context, layout.panel,
                                        layout.interleave, layout.mma);
    return buildGenerate(b, b.getUnknownLoc(), "generate", format, order,
                         isGpu ? gpuConfig(context) : TileConfig{});
  };
  return made;
}

void expectEverywhere(const std::function<KernelCase(bool)> &caseFor,
                      const std::vector<double> &expected) {
  EXPECT_EQ(runInterpreted(caseFor(false), Precision::F32)[0], expected);
  for (const CpuTarget &target : allCpuTargets())
    if (&target >= nativeCpuTarget())
      EXPECT_EQ(runOnCpu(caseFor(false), target)[0], expected) << target.name;
  EXPECT_EQ(runEmulated(caseFor(true), GpuVendor::Nvidia, 32, 1)[0], expected);
}

void expectFormulas(const Layout &layout, Element element) {
  Shape shape = kPlainShape;
  if (layout.panel == 0)
    shape.paddedRows = shape.realRows;
  artifact::PackedMatrix matrix{shape.segments * shape.paddedRows, shape.cols,
                                layout.panel, layout.interleave, layout.mma};
  auto expected = expectedPlain(shape, matrix, element);
  int64_t panel = std::max<int64_t>(1, layout.panel);
  auto caseFor = [&](bool isGpu) {
    KernelCase made = makeCase(layout, element, /*int4=*/false, isGpu);
    made.params = paramsOf(shape, dirty(expected.size(), element), panel,
                           std::bit_cast<uint32_t>(kValues.step()));
    made.grid = {shape.matrices * shape.segments * shape.paddedRows / panel, 1};
    return made;
  };
  expectEverywhere(caseFor, expected);
}

TEST(GenerateTest, PlainNumbersAreTheFormulasInEveryPacking) {
  for (const Layout &layout : kLayouts) {
    SCOPED_TRACE(layout.name);
    expectFormulas(layout, Element::BF16);
  }
}

TEST(GenerateTest, NumbersOfF32AreTheFormulas) {
  expectFormulas(kLayouts[0], Element::F32);
  expectFormulas(kLayouts[1], Element::F32);
}

/// A panel16g32 weight as 32-bit words.
std::vector<double> expectedInt4(const Shape &shape) {
  artifact::PackedInt4 matrix{shape.segments * shape.paddedRows, shape.cols,
                              artifact::Int4Order::Panel};
  std::vector<std::byte> bytes(shape.matrices * matrix.numBytes());
  int64_t matrixRows = matrix.numRows;
  for (int64_t row = 0; row < shape.matrices * matrixRows; ++row)
    for (int64_t col = 0; col < matrix.paddedCols(); ++col) {
      std::byte *begin = bytes.data() + row / matrixRows * matrix.numBytes();
      int64_t source = col < shape.cols ? sourceRow(shape, row) : -1;
      int q = source < 0 ? artifact::kInt4Zero : kValues.int4At(source, col);
      auto [byte, shift] = matrix.nibbleOf(row % matrixRows, col);
      begin[byte] |= std::byte(q << shift);
      uint16_t scale = source < 0 ? 0 : kValues.int4ScaleAt(source, col / 32);
      std::memcpy(begin + matrix.scaleOf(row % matrixRows, col), &scale, 2);
    }
  std::vector<double> words;
  for (size_t i = 0; i < bytes.size(); i += 4) {
    int32_t word;
    std::memcpy(&word, &bytes[i], 4);
    words.push_back(word);
  }
  return words;
}

TEST(GenerateTest, IntegersAndScalesAreTheFormulas) {
  constexpr Layout kLayout = {"panel16g32", 16, 2, 0};
  const Shape &shape = kInt4Shape;
  auto expected = expectedInt4(shape);
  auto caseFor = [&](bool isGpu) {
    KernelCase made = makeCase(kLayout, Element::I32, /*int4=*/true, isGpu);
    made.params = paramsOf(shape, dirty(expected.size(), Element::I32), 16,
                           kValues.int4ScaleSize());
    made.grid = {shape.matrices * shape.segments * shape.paddedRows / 16, 1};
    return made;
  };
  expectEverywhere(caseFor, expected);
}

} // namespace
} // namespace g4
