// Kernels that make synthetic weights, against the formula in plain C++: the
// same bits in every packing, on one thread and on a block of a GPU.

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
// a rest. 352 columns of integers are five units and a half, 320 whole ones.
constexpr Shape kPlainShape{2, 2, 19, 32, 203}, kScaledShape{2, 2, 19, 32, 352},
    kShapeOf64{2, 2, 19, 32, 320};

const SyntheticValues kValues{
    .seed = 0xfedcba9876543210, .center = 1, .halfWidth = 0.25f};

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

/// A format and one of its packings.
struct Stored {
  const artifact::WeightFormat *format;
  const artifact::Packing *packing;

  Element element() const {
    if (!format->isPlain())
      return Element::I32; // words
    return format->bits == 32       ? Element::F32
           : format->name == "bf16" ? Element::BF16
                                    : Element::F16;
  }
};

KernelCase makeCase(const Stored &stored, bool isGpu) {
  KernelCase made;
  made.name = stored.packing->name;
  made.build = [=](mlir::OpBuilder &b) {
    mlir::MLIRContext *context = b.getContext();
    auto type = quant::WeightType::get(
        context, {16, 64}, quant::FormatAttr::of(context, *stored.format),
        quant::LayoutAttr::of(context, *stored.packing));
    return buildGenerate(b, b.getUnknownLoc(), "generate", type,
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

/// What lies at a place of the stored matrices, by the formulas.
class ExpectedBytes {
public:
  ExpectedBytes(const Shape &shape, const artifact::PackedMatrix &matrix)
      : shape_(shape), matrix_(matrix),
        bytes_(shape.matrices * matrix.numBytes()) {
    for (int64_t row = 0; row < shape.matrices * matrix.numRows; ++row)
      for (int64_t col = 0; col < matrix.paddedCols(); ++col)
        add(row, col);
  }

  std::vector<double> as(Element element) {
    HostArray array{element, bytes_.data(),
                    int64_t(bytes_.size()) / sizeOf(element)};
    std::vector<double> numbers;
    for (int64_t i = 0; i < array.numElements; ++i)
      numbers.push_back(array.read(i));
    return numbers;
  }

private:
  void add(int64_t row, int64_t col) {
    const artifact::WeightFormat &format = *matrix_.format;
    std::byte *matrix =
        bytes_.data() + row / matrix_.numRows * matrix_.numBytes();
    int64_t n = row % matrix_.numRows;
    int64_t source = col < shape_.cols ? sourceRow(shape_, row) : -1;
    uint32_t code =
        source < 0 ? format.zeroCode
        : format.isPlain()
            ? artifact::bitsOf(format.element, kValues.at(source, col))
            : kValues.codeAt(format, source, col);
    auto [byte, shift] = matrix_.codeAt(n, col);
    uint32_t low = format.hasHighBits() ? code & 15 : code;
    put(matrix + byte, low << shift, (format.bits + 7) / 8);
    if (format.hasHighBits()) {
      auto [high, highShift] = matrix_.highBitsAt(n, col);
      put(matrix + high, code >> 4 << highShift, 1);
    }
    if (source >= 0)
      addScale(matrix, n, col, source);
  }
  void addScale(std::byte *matrix, int64_t n, int64_t col, int64_t source) {
    const artifact::WeightFormat &format = *matrix_.format;
    int64_t group = format.hasGroups() ? format.group : matrix_.paddedCols();
    if (format.isPlain() || col % group != 0)
      return;
    put(matrix + matrix_.scaleAt(n, col),
        kValues.scaleBitsAt(format, source, col / group), format.scaleBytes());
    if (format.hasMinimum)
      put(matrix + matrix_.minimumAt(n, col),
          kValues.minimumBitsAt(format, source, col / group),
          format.scaleBytes());
  }
  static void put(std::byte *at, uint32_t bits, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      at[i] |= std::byte(bits >> 8 * i);
  }

  const Shape &shape_;
  artifact::PackedMatrix matrix_;
  std::vector<std::byte> bytes_;
};

void expectFormulas(const Stored &stored) {
  SCOPED_TRACE(stored.format->name);
  SCOPED_TRACE(stored.packing->name);
  bool isPlain = stored.format->isPlain();
  Shape shape = isPlain                                         ? kPlainShape
                : stored.format->takesRowsOf(kScaledShape.cols) ? kScaledShape
                                                                : kShapeOf64;
  int64_t panel = stored.packing->rows;
  if (panel == 1)
    shape.paddedRows = shape.realRows;
  artifact::PackedMatrix matrix{stored.format, stored.packing,
                                shape.segments * shape.paddedRows, shape.cols};
  auto expected = ExpectedBytes(shape, matrix).as(stored.element());
  auto caseFor = [&](bool isGpu) {
    KernelCase made = makeCase(stored, isGpu);
    made.params =
        paramsOf(shape, dirty(expected.size(), stored.element()), panel,
                 isPlain ? std::bit_cast<uint32_t>(kValues.step())
                         : kValues.scaleBits(*stored.format));
    made.grid = {shape.matrices * shape.segments * shape.paddedRows / panel, 1};
    return made;
  };
  expectEverywhere(caseFor, expected);
}

TEST(GenerateTest, NumbersAreTheFormulasInEveryPacking) {
  for (const artifact::WeightFormat &format : artifact::weightFormats())
    for (const artifact::Packing &packing : format.packings)
      expectFormulas({&format, &packing});
}

} // namespace
} // namespace g4
