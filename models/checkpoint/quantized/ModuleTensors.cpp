//===- ModuleTensors.cpp - The stored tensors of one module ---------------===//

#include "models/checkpoint/quantized/ModuleTensors.h"

#include <cmath>
#include <cstring>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

Status ModuleTensors::wrong(const char *last, const std::string &what) const {
  return Status(StatusCode::InvalidArgument,
                "tensor " + nameOf(last) + ": " + what);
}

const StoredTensor *ModuleTensors::find(const char *last) const {
  auto it = tensors_.find(nameOf(last));
  return it == tensors_.end() ? nullptr : it->second;
}

Result<const StoredTensor *>
ModuleTensors::need(const char *last,
                    std::initializer_list<const char *> types) const {
  const StoredTensor *tensor = find(last);
  if (!tensor)
    return wrong(last, "is missing beside the others of its weight");
  std::string known;
  for (const char *type : types) {
    if (tensor->typeName == type)
      return tensor;
    known += (known.empty() ? "" : " or ") + std::string(type);
  }
  return wrong(last, "dtype " + tensor->typeName + ", needed " + known);
}

Result<const StoredTensor *>
ModuleTensors::needMatrix(const char *last,
                          std::initializer_list<const char *> types) const {
  G4RT_ASSIGN(const StoredTensor *tensor, need(last, types));
  if (tensor->shape.size() != 2 || tensor->bytes.empty())
    return wrong(last, "shape " + shapeText(tensor->shape) +
                           ", needed two sizes above 0");
  return tensor;
}

Status ModuleTensors::checkShape(const char *last, const StoredTensor &tensor,
                                 std::vector<int64_t> shape) const {
  if (tensor.shape == shape)
    return Status();
  return wrong(last, "shape " + shapeText(tensor.shape) + ", needed " +
                         shapeText(shape));
}

static Scales::Kind kindOf(const std::string &typeName) {
  if (typeName == "F32")
    return Scales::Kind::F32;
  if (typeName == "BF16")
    return Scales::Kind::BF16;
  return typeName == "F16" ? Scales::Kind::F16 : Scales::Kind::E4M3;
}

Result<Scales> ModuleTensors::needScales(const char *last, int64_t rows,
                                         int64_t cols, int64_t rowsPerBlock,
                                         int64_t colsPerBlock) const {
  G4RT_ASSIGN(const StoredTensor *tensor,
              need(last, {"F32", "BF16", "F16", "F8_E4M3"}));
  int64_t numRowBlocks = ceilDiv(rows, rowsPerBlock);
  int64_t numColBlocks = ceilDiv(cols, colsPerBlock);
  std::vector<int64_t> shape = tensor->shape;
  if (numColBlocks == 1 && shape.size() == 1)
    shape.push_back(1);
  if (numRowBlocks == 1 && numColBlocks == 1 && shape.empty())
    shape = {1, 1};
  if (shape != std::vector{numRowBlocks, numColBlocks})
    return wrong(last, "shape " + shapeText(tensor->shape) + ", needed " +
                           shapeText(std::vector{numRowBlocks, numColBlocks}));
  return Scales{.kind = kindOf(tensor->typeName),
                .bytes = tensor->bytes.data(),
                .rowsPerBlock = rowsPerBlock,
                .colsPerBlock = colsPerBlock,
                .rowStride = numColBlocks,
                .colStride = 1};
}

Result<float> ModuleTensors::needNumber(const char *last) const {
  G4RT_ASSIGN(const StoredTensor *tensor, need(last, {"F32"}));
  float number;
  if (tensor->bytes.size() != sizeof(number))
    return wrong(last,
                 "shape " + shapeText(tensor->shape) + ", needed one number");
  std::memcpy(&number, tensor->bytes.data(), sizeof(number));
  if (!std::isfinite(number) || number == 0)
    return wrong(last, "is " + std::to_string(number) +
                           ", needed a finite number other than 0");
  return number;
}

void ModuleTensors::addNames(std::vector<std::string> &names) const {
  for (const char *last :
       {"weight_packed", "weight_scale", "weight_shape", "weight_zero_point",
        "weight_g_idx", "weight_global_scale", "weight_scale_2", "weight",
        "input_scale", "input_zero_point", "input_global_scale", "output_scale",
        "k_scale", "v_scale", "qweight", "qzeros", "scales", "g_idx"})
    if (find(last))
      names.push_back(nameOf(last));
}

std::unique_ptr<RowSource>
makeQuantizedRows(const ModuleTensors &module, const char *typeName,
                  int64_t rows, int64_t cols,
                  const QuantizedRows::Parts &parts) {
  return std::make_unique<QuantizedRows>(
      RowSource::Facts{.name = module.nameOf("weight"),
                       .typeName = typeName,
                       .shape = {rows, cols},
                       .storage = RowStorage::Other},
      parts);
}

} // namespace g4
