//===- TileItemMemory.cpp - One work item: memory and dots ----------------===//

#include "compiler/interpret/TileItem.h"
#include "runtime/artifact/PackedInt4.h"
#include "runtime/base/Bf16.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace g4 {

using namespace mlir;

static Element elementOf(Type type) {
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

double TileItem::readInt4(Value weight, ArrayRef<int64_t> at) {
  auto type = cast<quant::WeightType>(weight.getType());
  int64_t rank = type.getRank(), row = at[rank - 2], col = at[rank - 1];
  artifact::PackedInt4 matrix{type.getDimSize(rank - 2),
                              type.getDimSize(rank - 1),
                              artifact::Int4Order::Panel};
  const HostArray &array = std::get<HostArray>(values_[weight]);
  int64_t begin = rank == 3 ? at[0] * matrix.numBytes() : 0;
  if (row < 0 || row >= matrix.paddedRows() || col < 0 ||
      col >= matrix.paddedCols() || begin < 0 ||
      begin + matrix.numBytes() > array.numElements) {
    fail("weight element [" + Twine(row) + ", " + Twine(col) +
         "] of matrix at byte " + Twine(begin));
    return 0;
  }
  int q = matrix.quantAt(array.data + begin, row, col);
  return (q - artifact::kInt4Zero) * double(g4rt::fromBf16(matrix.scaleBitsAt(
                                         array.data + begin, row, col)));
}

double TileItem::readWeight(Value weight, ArrayRef<int64_t> at) {
  auto type = cast<quant::WeightType>(weight.getType());
  if (!type.getFormat().isPlain())
    return readInt4(weight, at);
  int64_t rank = type.getRank();
  artifact::PackedMatrix matrix{
      type.getDimSize(rank - 2), type.getDimSize(rank - 1),
      type.getLayout().getPanel(), type.getLayout().getInterleave(),
      type.getLayout().getMma()};
  int64_t row = at[rank - 2], col = at[rank - 1];
  if (row < 0 || row >= matrix.paddedRows() || col < 0 ||
      col >= matrix.paddedCols()) {
    fail("weight element [" + Twine(row) + ", " + Twine(col) + "]");
    return 0;
  }
  int64_t index = matrix.indexOf(row, col);
  if (rank == 3)
    index += at[0] * matrix.numElements();
  const HostArray &array = std::get<HostArray>(values_[weight]);
  return inBounds(array, index) ? array.read(index) : 0;
}

bool TileItem::executeMemoryOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](tile::ScratchOp o) { return scratch(o), true; })
      .Case([&](tile::LoadOp o) { return load(o), true; })
      .Case([&](tile::StoreOp o) { return store(o), true; })
      .Case([&](tile::UnpackOp o) { return unpack(o), true; })
      .Case([&](tile::CopyAsyncOp o) { return copyAsync(o), true; })
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
  bool isFloat = array.element != Element::I32;
  for (int64_t i = 0; i < array.numElements; ++i)
    array.write(i, isFloat ? std::numeric_limits<double>::quiet_NaN()
                           : -0x7fffffff);
  bind(op, array);
}

/// The rows and columns of a tile in memory, as load and store address them.
struct TileItem::TileAccess {
  SmallVector<int64_t> origin;
  Value map;
  int64_t offset = 0;
  std::optional<int64_t> rowBound, colBound;

  bool rowExists(int64_t r) const {
    int64_t first = map ? offset : (origin.size() > 1 ? origin.end()[-2] : 0);
    return !rowBound || first + r < *rowBound;
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
      at.end()[-2] += readMemory(access.map, {access.offset + r});
    else if (at.size() > 1)
      at.end()[-2] += r;
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
  forElements(accessOf(op), value.rows, value.cols,
              [&](int64_t r, int64_t c, ArrayRef<int64_t> at) {
                writeMemory(op.getDest(), at, value.at(r, c));
              });
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

void TileItem::copyAsync(tile::CopyAsyncOp op) {
  SmallVector<int64_t> from = integers(op.getIndices());
  SmallVector<int64_t> to = integers(op.getDestIndices());
  bool isWeight = isa<quant::WeightType>(op.getSource().getType());
  for (int64_t r = 0; r < int64_t(op.getRows()); ++r)
    for (int64_t c = 0; c < int64_t(op.getCols()); ++c) {
      SmallVector<int64_t> at = from;
      at.end()[-2] += r;
      at.back() += c;
      bool exists =
          !op.getRowBound() || at.end()[-2] < integer(op.getRowBound());
      double value = !exists    ? 0.0
                     : isWeight ? readWeight(op.getSource(), at)
                                : readMemory(op.getSource(), at);
      writeMemory(op.getDest(), {to[0] + r, to[1] + c}, value);
    }
}

void TileItem::dot(tile::DotOp op) {
  SmallVector<int64_t> a = integers(op.getAIndices());
  SmallVector<int64_t> b = integers(op.getBIndices());
  bool kFirst = op.getOrder() == tile::OperandOrder::KN;
  TileValue out = tile(op.getAcc());
  for (int64_t r = 0; r < out.rows; ++r)
    for (int64_t c = 0; c < out.cols; ++c)
      for (int64_t k = 0; k < int64_t(op.getDepth()); ++k) {
        SmallVector<int64_t> atA = a, atB = b;
        atA.end()[-2] += r;
        atA.back() += k;
        atB.end()[-2] += kFirst ? k : c;
        atB.back() += kFirst ? c : k;
        out.at(r, c) = rounded(out.at(r, c) + readMemory(op.getA(), atA) *
                                                  readMemory(op.getB(), atB),
                               op.getAcc().getType().getElementType());
      }
  bind(op, std::move(out));
}

void TileItem::dotPacked(tile::DotPackedOp op) {
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
