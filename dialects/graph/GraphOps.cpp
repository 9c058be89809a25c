//===- GraphOps.cpp - Weights, norms, linears, element-wise ---------------===//

#include "dialects/graph/Verify.h"

#include <algorithm>

using namespace mlir;
using namespace g4::graph;

LogicalResult WeightOp::verify() {
  // weight_op_c3
  if (!isa<quant::WeightType>(getType()))
    return emitOpError("type must be a !g4q.weight, got ") << getType();
  // weight_op_c1
  if (getParts().has_value() == getValues().has_value())
    return emitOpError("needs either parts or values");
  if (getParts() && getParts()->empty())
    return emitOpError("parts must not be empty");
  // weight_op_c2
  if (auto values = getValues()) {
    auto type = cast<ShapedType>(values->getType());
    if (!type.getElementType().isF32() ||
        type.getShape() != getWeightType().getShape())
      return emitOpError("values must be f32 of the shape of ")
             << getWeightType() << ", got " << type;
  }
  // weight_op_c4
  if (auto range = getSynthetic(); range && (range->size() != 2 || !getParts()))
    return emitOpError("synthetic needs parts and two f32");
  // weight_op_c5
  if (auto rows = getPartRows()) {
    bool isPositive = llvm::all_of(*rows, [](int64_t n) { return n > 0; });
    if (!getParts() || rows->size() != getParts()->size() || !isPositive)
      return emitOpError("part_rows needs a positive number for each part");
  }
  // weight_op_c6
  int64_t rows = getWeightType().getNumRows(), real = getNumRealRows();
  int64_t segments = getNumSegments();
  if (segments < 1 || real < 1 || real > rows || rows % segments != 0 ||
      real % segments != 0)
    return emitOpError("segments must divide the rows of a matrix and "
                       "source_rows, got ")
           << segments << " of " << rows << " and " << real;
  // weight_op_c7
  if (auto rule = getScaleRule(); rule && rule != "search" && rule != "lattice")
    return emitOpError("scale_rule must be search or lattice, got ") << *rule;
  return success();
}

void WeightOp::build(OpBuilder &b, OperationState &state, StringRef name,
                     Type type, ArrayAttr parts, ElementsAttr values) {
  build(b, state, name, type, /*weight_class=*/{}, parts, values,
        /*synthetic=*/{}, /*part_rows=*/{}, /*source_rows=*/{},
        /*segments=*/{}, /*scale_rule=*/{});
}

std::vector<std::string> WeightOp::getPartNames() {
  std::vector<std::string> names;
  ArrayAttr parts = *getParts();
  for (Attribute part : parts)
    names.push_back(cast<StringAttr>(part).str());
  return names;
}

std::optional<uint64_t> g4::graph::syntheticSeed(Operation *op) {
  for (; op; op = op->getParentOp()) {
    auto facts = op->getAttrOfType<DictionaryAttr>("g4.model");
    if (!facts)
      continue;
    if (auto seed = facts.getAs<IntegerAttr>("synthetic_seed"))
      return static_cast<uint64_t>(seed.getInt());
  }
  return std::nullopt;
}

bool g4::graph::isSynthetic(WeightOp weight) {
  return weight.getSynthetic() && syntheticSeed(weight);
}

LogicalResult UseOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // use_c1
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getNameAttr());
  if (!weight)
    return emitOpError("no g4.weight is named ") << getNameAttr();
  if (weight.getType() != getWeight().getType())
    return emitOpError("the weight is of type ") << weight.getType();
  return success();
}

LogicalResult EmbedOp::verify() {
  auto table = weightType(getTable());
  auto ids = tensorType(getIds()), y = tensorType(getY());
  // embed_c1
  if (ids.getRank() == 2) {
    unsigned axes = getInterleaved() ? 1 : 0;
    if (table.getRank() != 3 || table.getDimSize(axes) != lastDim(ids))
      return emitOpError("table must have rank 3 with dimension ")
             << axes << " of " << lastDim(ids) << ", got " << table;
  } else if (table.getRank() != 2 || getInterleaved()) {
    return emitOpError("table must have rank 2 and not be interleaved, got ")
           << table;
  }
  // embed_c2
  int64_t width = table.getShape().back();
  if (ids.getRank() == 0 || y.getRank() != 2 ||
      y.getDimSize(0) != ids.getDimSize(0) || lastDim(y) != width)
    return emitOpError("result must have shape [rows of ids, ")
           << width << "], got " << y;
  return success();
}

LogicalResult RmsNormOp::verify() {
  // rms_norm_c1
  if (getY().getType() != getX().getType())
    return emitOpError("result type must equal the type of x");
  // rms_norm_c2
  int64_t channels = lastDim(tensorType(getX()));
  if (getWeight() && !hasShape(getWeight(), {channels}))
    return emitOpError("weight must have shape [")
           << channels << "], got " << getWeight().getType();
  // rms_norm_c3
  if (!(getEpsilon().convertToFloat() > 0.0f)) // not a NaN either
    return emitOpError("epsilon must be positive");
  return success();
}

LogicalResult LinearOp::verify() {
  auto x = tensorType(getX()), y = tensorType(getY());
  auto w = weightType(getW());
  // linear_c1
  if (w.getRank() != 2 || w.getDimSize(1) != lastDim(x))
    return emitOpError("w must have shape [N, ")
           << lastDim(x) << "], got " << w;
  // linear_c2
  if (!sameLeadingDims(x, y) || lastDim(y) != w.getDimSize(0))
    return emitOpError("result must have shape [..., ")
           << w.getDimSize(0) << "], got " << y;
  return success();
}

LogicalResult ScaleOp::verify() {
  // scale_c1
  if (getY().getType() != getX().getType())
    return emitOpError("result type must equal the type of x");
  // scale_c2
  int64_t channels = lastDim(tensorType(getX()));
  if (getWeight() && !hasShape(getWeight(), {channels}) &&
      !hasShape(getWeight(), {1}))
    return emitOpError("weight must have shape [")
           << channels << "] or [1], got " << getWeight().getType();
  return success();
}

LogicalResult SoftcapOp::verify() {
  // softcap_c1
  if (!(getCap().convertToFloat() > 0.0f)) // not a NaN either
    return emitOpError("cap must be positive");
  return success();
}

LogicalResult SliceOp::verify() {
  auto x = tensorType(getX()), y = tensorType(getY());
  int64_t offset = getOffset();
  // slice_c1
  if (lastDim(x) < 0 || lastDim(y) < 0)
    return emitOpError("the last dimensions of x and y must be static, got ")
           << x << " and " << y;
  if (offset < 0 || offset > lastDim(x) - lastDim(y))
    return emitOpError("range [") << offset << ", " << offset + lastDim(y)
                                  << ") is not within " << lastDim(x);
  // slice_c2
  if (!sameLeadingDims(x, y))
    return emitOpError("leading dimensions of x and y differ");
  return success();
}

LogicalResult HeadsOp::verify() {
  auto x = tensorType(getX()), y = tensorType(getY());
  auto rowSize = [](RankedTensorType type) {
    return type.getRank() == 3 ? type.getDimSize(1) * type.getDimSize(2)
                               : lastDim(type);
  };
  // heads_c1
  if (std::min(x.getRank(), y.getRank()) != 2 ||
      std::max(x.getRank(), y.getRank()) != 3 || rowSize(x) != rowSize(y) ||
      x.getDimSize(0) != y.getDimSize(0))
    return emitOpError("needs [rows, heads * D] and [rows, heads, D], got ")
           << x << " and " << y;
  return success();
}

LogicalResult TakeRowsOp::verify() {
  auto x = tensorType(getX()), y = tensorType(getY());
  auto rows = tensorType(getRows());
  // take_rows_c1
  if (x.getRank() != 2 || y.getRank() != 2 || rows.getRank() != 1 ||
      lastDim(x) != lastDim(y) || y.getDimSize(0) != rows.getDimSize(0))
    return emitOpError("result must have shape [rows of indices, ")
           << lastDim(x) << "], got " << y;
  return success();
}
