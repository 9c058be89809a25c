//===- TileItemMemory.cpp - One work item: memory and dots ----------------===//

#include "compiler/interpret/TileItem.h"
#include "runtime/artifact/Packing.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace g4 {

using namespace mlir;

static Element elementOf(Type type) {
  if (type.isInteger(8))
    return Element::U8;
  if (type.isF16())
    return Element::F16;
  return type.isF32() ? Element::F32
                      : (type.isBF16() ? Element::BF16 : Element::I32);
}

bool TileItem::inBounds(const HostArray &array, int64_t index) {
  if (index >= 0 && index < array.numElements)
    return true;
  fail("element " + Twine(index) + " of memory with " +
       Twine(array.numElements) + " elements");
  return false;
}

/// The row-major place of `at`; -1 if an index is outside of a static
/// dimension.
static int64_t linearIndex(MemRefType type, ArrayRef<int64_t> at) {
  int64_t index = 0;
  for (auto [size, i] : llvm::zip(type.getShape(), at)) {
    if (i < 0 || (!ShapedType::isDynamic(size) && i >= size))
      return -1;
    index = index * (ShapedType::isDynamic(size) ? 1 : size) + i;
  }
  return index;
}

double TileItem::readMemory(Value memory, ArrayRef<int64_t> at) {
  const HostArray &array = std::get<HostArray>(values_[memory]);
  int64_t index = linearIndex(cast<MemRefType>(memory.getType()), at);
  return inBounds(array, index) ? array.read(index) : 0;
}

void TileItem::writeMemory(Value memory, ArrayRef<int64_t> at, double value) {
  const HostArray &array = std::get<HostArray>(values_[memory]);
  int64_t index = linearIndex(cast<MemRefType>(memory.getType()), at);
  if (inBounds(array, index))
    array.write(index, value);
}

/// An element of a list of indices, memref<?xi32> or <?x1xi32>.
double TileItem::readWord(Value list, int64_t index) {
  const HostArray &array = std::get<HostArray>(values_[list]);
  return inBounds(array, index) ? array.read(index) : 0;
}

double TileItem::readWeight(Value weight, ArrayRef<int64_t> at) {
  auto type = cast<quant::WeightType>(weight.getType());
  int64_t rank = type.getRank(), row = at[rank - 2], col = at[rank - 1];
  artifact::PackedMatrix matrix = type.getMatrix();
  const HostArray &array = std::get<HostArray>(values_[weight]);
  int64_t begin = rank == 3 ? at[0] * matrix.numBytes() : 0;
  if (row < 0 || row >= matrix.paddedRows() || col < 0 ||
      col >= matrix.paddedCols() || begin < 0 ||
      begin + matrix.numBytes() > array.numBytes()) {
    fail("weight element [" + Twine(row) + ", " + Twine(col) +
         "] of matrix at byte " + Twine(begin));
    return 0;
  }
  return matrix.valueOf(array.data + begin, row, col);
}

bool TileItem::executeMemoryOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](tile::ScratchOp o) { return scratch(o), true; })
      .Case([&](tile::LoadOp o) { return load(o), true; })
      .Case([&](tile::StoreOp o) { return store(o), true; })
      .Case([&](tile::UnpackOp o) { return unpack(o), true; })
      .Case([&](tile::CopyAsyncOp o) { return copyAsync(o), true; })
      .Case([&](tile::ArriveOp o) { return arrive(o), true; })
      .Case([&](memref::LoadOp o) {
        bind(o, readMemory(o.getMemref(), integers(o.getIndices())));
        return true;
      })
      .Case([&](memref::StoreOp o) {
        writeMemory(o.getMemref(), integers(o.getIndices()),
                    number(o.getValue()));
        return true;
      })
      .Default(false);
}

// Scratch starts as NaN: reading what nobody wrote shows in the result.
void TileItem::scratch(tile::ScratchOp op) {
  auto type = cast<MemRefType>(op.getType());
  scratch_.emplace_back(elementOf(type.getElementType()),
                        type.getNumElements());
  HostArray array = scratch_.back().array();
  // Of 4-bit weights the largest scale that there is.
  double poison = array.element == Element::I32 ? -0x7fffffff
                  : array.element == Element::U8
                      ? 0x7f
                      : std::numeric_limits<double>::quiet_NaN();
  for (int64_t i = 0; i < array.numElements; ++i)
    array.write(i, poison);
  bind(op, array);
}

/// The rows and columns of a tile in memory, as load and store address them.
struct TileItem::TileAccess {
  SmallVector<int64_t> origin;
  Value map;
  int64_t offset = 0, rowStride = 1;
  std::optional<int64_t> rowBound, colBound;

  bool rowExists(int64_t r) const {
    int64_t first = map ? offset : (origin.size() > 1 ? origin.end()[-2] : 0);
    return !rowBound || first + r * rowStride < *rowBound;
  }
  bool colExists(int64_t c) const {
    return !colBound || origin.back() + c < *colBound;
  }
};

template <typename Op>
TileItem::TileAccess TileItem::accessOf(Op op) {
  TileAccess access;
  access.origin = integers(op.getIndices());
  access.map = op.getRowMap();
  access.rowStride = op.getRowStride();
  if (access.map)
    access.offset = integer(op.getRowOffset());
  if (op.getRowBound())
    access.rowBound = integer(op.getRowBound());
  if (op.getColBound())
    access.colBound = integer(op.getColBound());
  return access;
}

/// Calls `body` with each element of a tile that is within the bounds, and its
/// place in memory.
void TileItem::forElements(
    const TileAccess &access, int64_t rows, int64_t cols,
    function_ref<void(int64_t r, int64_t c, ArrayRef<int64_t> at)> body) {
  for (int64_t r = 0; r < rows; ++r) {
    if (!access.rowExists(r))
      continue;
    SmallVector<int64_t> at = access.origin;
    if (access.map)
      at.end()[-2] += readWord(access.map, access.offset + r);
    else if (at.size() > 1)
      at.end()[-2] += r * access.rowStride;
    for (int64_t c = 0; c < cols && access.colExists(c); ++c) {
      at.back() = access.origin.back() + c;
      body(r, c, at);
    }
  }
}

void TileItem::load(tile::LoadOp op) {
  TileValue out = emptyTile(op);
  forElements(accessOf(op), out.rows, out.cols,
              [&](int64_t r, int64_t c, ArrayRef<int64_t> at) {
                out.at(r, c) = readMemory(op.getSource(), at);
              });
  bind(op, std::move(out));
}

void TileItem::store(tile::StoreOp op) {
  if (op.getTransposed())
    return storeTransposed(op);
  const TileValue &value = tile(op.getValue());
  if (op.getIndices().size() == 1 && value.rows > 1)
    return storeColumn(op);
  forElements(accessOf(op), value.rows, value.cols,
              [&](int64_t r, int64_t c, ArrayRef<int64_t> at) {
                writeMemory(op.getDest(), at, value.at(r, c));
              });
}

/// A tile of one column to a memref of rank 1.
void TileItem::storeColumn(tile::StoreOp op) {
  TileAccess access = accessOf(op);
  const TileValue &value = tile(op.getValue());
  int64_t first = access.origin.back();
  for (int64_t r = 0; r < value.rows; ++r)
    if (!access.rowBound || first + r < *access.rowBound)
      writeMemory(op.getDest(), {first + r}, value.at(r, 0));
}

void TileItem::storeTransposed(tile::StoreOp op) {
  TileAccess access = accessOf(op);
  const TileValue &value = tile(op.getValue());
  SmallVector<int64_t> at = access.origin;
  int64_t &place = at.end()[-2];
  for (int64_t c = 0; c < value.cols; ++c, ++place)
    if (!access.colBound || place < *access.colBound)
      writeMemory(op.getDest(), at, value.at(0, c));
}

void TileItem::unpack(tile::UnpackOp op) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  int64_t row = integer(op.getRow()), col = integer(op.getCol());
  int64_t end =
      op.getColBound() ? integer(op.getColBound()) : type.getDimSize(1);
  TileValue out = emptyTile(op);
  for (int64_t c = 0; c < out.cols && col + c < end; ++c)
    out.at(0, c) = readWeight(op.getW(), {row, col + c});
  bind(op, std::move(out));
}

/// Where the units lie that a copy takes from a weight: those of a panel's rows
/// are neighbours.
struct TileItem::UnitRows {
  int64_t begin, panelBytes, rowBytes; // bytes
  int64_t numPanels, rowsOfPanel;
};

TileItem::UnitRows TileItem::unitRows(tile::CopyAsyncOp op) {
  SmallVector<int64_t> from = integers(op.getIndices());
  artifact::PackedMatrix matrix =
      cast<quant::WeightType>(op.getSource().getType()).getMatrix();
  const artifact::Packing &packing = *matrix.packing;
  int64_t begin = from.size() == 3 ? from[0] * matrix.numBytes() : 0;
  begin += from.end()[-2] / packing.rows * matrix.panelBytes() +
           from.back() / packing.cols * matrix.unitBytes();
  return {.begin = begin,
          .panelBytes = matrix.panelBytes(),
          .rowBytes = int64_t(op.getCols()) / packing.cols * matrix.unitBytes(),
          .numPanels = int64_t(op.getRows()) / packing.rows,
          .rowsOfPanel = packing.rows};
}

// Bytes of whole units as they are; zeros are the number 0 in every format.
void TileItem::copyUnits(tile::CopyAsyncOp op) {
  SmallVector<int64_t> to = integers(op.getDestIndices());
  const HostArray &source = std::get<HostArray>(values_[op.getSource()]);
  const HostArray &dest = std::get<HostArray>(values_[op.getDest()]);
  auto destType = cast<MemRefType>(op.getDest().getType());
  UnitRows units = unitRows(op);
  int64_t row = integers(op.getIndices()).end()[-2];
  for (int64_t r = 0; r < units.numPanels; ++r) {
    bool exists = !op.getRowBound() ||
                  row + r * units.rowsOfPanel < integer(op.getRowBound());
    int64_t from = units.begin + r * units.panelBytes;
    int64_t place = linearIndex(destType, {to[0] + r, to[1]});
    if (!inBounds(dest, place) ||
        !inBounds(dest, place + units.rowBytes / sizeOf(dest.element) - 1))
      return;
    std::byte *at = dest.data + place * sizeOf(dest.element);
    if (!exists) {
      std::memset(at, 0, units.rowBytes);
      continue;
    }
    if (from < 0 || from + units.rowBytes > source.numBytes())
      return fail("bytes of a weight at " + Twine(from));
    std::memcpy(at, source.data + from, units.rowBytes);
  }
}

void TileItem::copyAsync(tile::CopyAsyncOp op) {
  if (isa<quant::WeightType>(op.getSource().getType()))
    return copyUnits(op);
  SmallVector<int64_t> from = integers(op.getIndices());
  SmallVector<int64_t> to = integers(op.getDestIndices());
  for (int64_t r = 0; r < int64_t(op.getRows()); ++r)
    for (int64_t c = 0; c < int64_t(op.getCols()); ++c) {
      SmallVector<int64_t> at = from;
      at.end()[-2] += r;
      at.back() += c;
      bool exists =
          !op.getRowBound() || at.end()[-2] < integer(op.getRowBound());
      double value = exists ? readMemory(op.getSource(), at) : 0.0;
      writeMemory(op.getDest(), {to[0] + r, to[1] + c}, value);
    }
}

/// Element [k, c] of the b of a dot whose b begins at `at`.
double TileItem::readB(tile::DotOp op, ArrayRef<int64_t> at, int64_t k,
                       int64_t c) {
  SmallVector<int64_t> place(at);
  auto type = cast<MemRefType>(op.getB().getType());
  if (op.getOrder() != tile::OperandOrder::Fragments) {
    bool kFirst = op.getOrder() == tile::OperandOrder::KN;
    place.end()[-2] += kFirst ? k : c;
    place.back() += kFirst ? c : k;
    return readMemory(op.getB(), place);
  }
  artifact::PackedMatrix panel = op.getFragments();
  place.end()[-2] += c / panel.numRows;
  const HostArray &array = std::get<HostArray>(values_[op.getB()]);
  int64_t first = linearIndex(type, place);
  int64_t count = panel.panelBytes() / sizeOf(array.element);
  if (!inBounds(array, first) || !inBounds(array, first + count - 1))
    return 0;
  return panel.valueOf(array.data + first * sizeOf(array.element),
                       c % panel.numRows, k);
}

// Items run one after the other.
void TileItem::arrive(tile::ArriveOp op) {
  int64_t index = integer(op.getIndex());
  double come = readMemory(op.getCounter(), {index}) + 1;
  bool isLast = come == number(op.getCount());
  writeMemory(op.getCounter(), {index}, isLast ? 0 : come);
  bind(op, double(isLast));
}

void TileItem::dot(tile::DotOp op) {
  SmallVector<int64_t> a = integers(op.getAIndices());
  SmallVector<int64_t> b = integers(op.getBIndices());
  int64_t depth = op.getDepth();
  if (op.getDepthBound())
    depth = std::min(depth, integer(op.getDepthBound()));
  TileValue out = tile(op.getAcc());
  for (int64_t r = 0; r < out.rows; ++r)
    for (int64_t c = 0; c < out.cols; ++c)
      for (int64_t k = 0; k < depth; ++k) {
        SmallVector<int64_t> atA = a;
        atA.end()[-2] += r;
        atA.back() += k;
        out.at(r, c) = rounded(out.at(r, c) + readMemory(op.getA(), atA) *
                                                  readB(op, b, k, c),
                               op.getAcc().getType().getElementType());
      }
  bind(op, std::move(out));
}

// Slices are summed one by one; a lies in blocks of columns.
void TileItem::dotSlices(tile::DotPackedOp op) {
  constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
  SmallVector<int64_t> a = integers(op.getAIndices());
  SmallVector<int64_t> w = integers(op.getWIndices());
  Type element = op.getAcc().getType().getElementType();
  TileValue out = tile(op.getAcc());
  int64_t depth = op.getDepth(), slices = op.getSlices();
  int64_t step = kBlock * tile::DotPackedOp::blocksOfSlice(depth, slices);
  int64_t end = op.getRowBound() ? integer(op.getRowBound()) : out.rows;
  for (int64_t r = 0; r < std::min(end - a[0], out.rows); ++r)
    for (int64_t c = 0; c < out.cols; ++c)
      for (int64_t first = 0; first < depth; first += step) {
        double sum = 0;
        for (int64_t k = first; k < std::min(depth, first + step) && !error_;
             ++k) {
          SmallVector<int64_t> at = w;
          at.end()[-2] += c;
          at.back() += k;
          double x = readMemory(
              op.getA(), {a[0] + k / kBlock * out.rows + r, a[1] + k % kBlock});
          sum = rounded(sum + x * readWeight(op.getW(), at), element);
        }
        out.at(r, c) = rounded(out.at(r, c) + sum, element);
      }
  bind(op, std::move(out));
}

void TileItem::dotPacked(tile::DotPackedOp op) {
  if (op.getSlices() != 0)
    return dotSlices(op);
  SmallVector<int64_t> a = integers(op.getAIndices());
  SmallVector<int64_t> w = integers(op.getWIndices());
  TileValue out = tile(op.getAcc());
  for (int64_t r = 0; r < out.rows; ++r)
    for (int64_t c = 0; c < out.cols; ++c)
      for (int64_t k = 0; k < int64_t(op.getDepth()) && !error_; ++k) {
        SmallVector<int64_t> at = w;
        at.end()[-2] += c;
        at.back() += k;
        out.at(r, c) =
            rounded(out.at(r, c) + readMemory(op.getA(), {a[0] + r, a[1] + k}) *
                                       readWeight(op.getW(), at),
                    op.getAcc().getType().getElementType());
      }
  bind(op, std::move(out));
}

} // namespace g4
