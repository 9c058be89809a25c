//===- CompressedTensors.cpp - Weights as compressed-tensors writes them --===//
//
// Source of the formats: the package compressed-tensors 0.20, whose decompress
// test/reference/make_quantized.py compares with ours.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/quantized/ModuleTensors.h"

#include <cstring>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

/// The group that targets the module. Errors: InvalidArgument if none does, or
/// if the module is to be left alone.
static Result<const QuantizationGroup *>
groupOf(const ModuleTensors &module, const QuantizationConfig &config) {
  auto contradicts = [&](const std::string &what) {
    return Status(StatusCode::InvalidArgument,
                  config.path + ": module " + module.module() +
                      " is stored quantised, and " + what);
  };
  if (matchesModule(config.ignore, module.module()))
    return contradicts("ignore names it");
  for (const QuantizationGroup &group : config.groups)
    if (group.numBits > 0 && matchesModule(group.targets, module.module()))
      return &group;
  return contradicts("no group of config_groups targets it");
}

/// Scales as the group's strategy lays them out.
static Result<Scales> scalesOf(const ModuleTensors &module,
                               const QuantizationGroup &group, int64_t rows,
                               int64_t cols) {
  const char *name = "weight_scale";
  if (group.strategy == "tensor")
    return module.needScales(name, rows, cols, rows, cols);
  if (group.strategy == "channel")
    return module.needScales(name, rows, cols, 1, cols);
  if (group.strategy == "block")
    return module.needScales(name, rows, cols, group.blockRows,
                             group.blockCols);
  if (group.strategy != "group" && group.strategy != "tensor_group")
    return module.wrong(name, "strategy \"" + group.strategy +
                                  "\" is not read; tensor, channel, group, "
                                  "tensor_group and block are");
  if (group.groupSize < 1 || cols % group.groupSize != 0)
    return module.wrong(name, "group_size " + std::to_string(group.groupSize) +
                                  " does not divide rows of " +
                                  std::to_string(cols));
  return module.needScales(name, rows, cols, 1, group.groupSize);
}

/// weight_shape, which tells the columns from padding: [rows, cols].
static Result<std::pair<int64_t, int64_t>> shapeOf(const ModuleTensors &module,
                                                   const StoredTensor &packed,
                                                   int64_t numBits) {
  int64_t rows = packed.shape[0], words = packed.shape[1];
  if (!module.find("weight_shape"))
    return std::pair(rows, words * 32 / numBits);
  G4RT_ASSIGN(const StoredTensor *shape,
              module.need("weight_shape", {"I64", "I32"}));
  int64_t sizes[2] = {0, 0};
  size_t size = shape->typeName == "I64" ? 8 : 4;
  if (shape->bytes.size() != 2 * size)
    return module.wrong("weight_shape", "needs two numbers");
  for (size_t i = 0; i < 2; ++i)
    std::memcpy(&sizes[i], shape->bytes.data() + i * size, size);
  bool fits = sizes[0] == rows && sizes[1] > 0 &&
              sizes[1] <= words * 32 / numBits &&
              (sizes[1] * numBits + 31) / 32 == words;
  if (!fits)
    return module.wrong("weight_shape", "says " + shapeText(sizes) +
                                            ", weight_packed holds " +
                                            shapeText(packed.shape) + " words");
  return std::pair(rows, sizes[1]);
}

static MadeRows readPackQuantized(const ModuleTensors &module,
                                  const QuantizationGroup &group) {
  int64_t bits = group.numBits;
  if (group.type != "int" || (bits != 2 && bits != 4 && bits != 8))
    return module.wrong("weight_packed",
                        group.type + " of " + std::to_string(bits) +
                            " bits is not read; int of 2, 4 and 8 are");
  G4RT_ASSIGN(const StoredTensor *packed,
              module.needMatrix("weight_packed", {"I32"}));
  G4RT_ASSIGN(auto shape, shapeOf(module, *packed, bits));
  auto [rows, cols] = shape;
  QuantizedRows::Parts parts;
  parts.codes = {.kind = Codes::Kind::PackedRows,
                 .packed = {.words = packed->bytes.data(),
                            .bits = bits,
                            .lineStride = packed->shape[1]}};
  G4RT_ASSIGN(parts.scales, scalesOf(module, group, rows, cols));
  if (module.find("weight_g_idx"))
    return module.wrong("weight_g_idx", "sorted columns are not read");
  if (group.isSymmetric) {
    parts.zeros.offset = int64_t{1} << (bits - 1);
    return makeQuantizedRows(module, "pack-quantized", rows, cols, parts);
  }
  if (group.strategy != "group" && group.strategy != "channel")
    return module.wrong("weight_zero_point",
                        "zero points are read of groups and channels");
  G4RT_ASSIGN(const StoredTensor *zeros,
              module.needMatrix("weight_zero_point", {"I32"}));
  int64_t blocks = cols / parts.scales.colsPerBlock;
  G4RT_TRY(module.checkShape("weight_zero_point", *zeros,
                             {(rows * bits + 31) / 32, blocks}));
  parts.zeros.packed = PackedInts{.words = zeros->bytes.data(),
                                  .bits = bits,
                                  .lineStride = 1,
                                  .wordStride = blocks};
  return makeQuantizedRows(module, "pack-quantized", rows, cols, parts);
}

/// A byte a weight: int8 or E4M3.
static MadeRows readByteQuantized(const ModuleTensors &module,
                                  const QuantizationGroup &group) {
  bool isInt = group.type == "int";
  G4RT_ASSIGN(const StoredTensor *weight,
              module.needMatrix("weight", {isInt ? "I8" : "F8_E4M3"}));
  if (group.numBits != 8)
    return module.wrong("weight", "has 8 bits, its group of config_groups " +
                                      std::to_string(group.numBits));
  int64_t rows = weight->shape[0], cols = weight->shape[1];
  QuantizedRows::Parts parts;
  parts.codes.kind = isInt ? Codes::Kind::I8 : Codes::Kind::E4M3;
  parts.codes.bytes = weight->bytes.data();
  G4RT_ASSIGN(parts.scales, scalesOf(module, group, rows, cols));
  if (!group.isSymmetric) {
    G4RT_ASSIGN(const StoredTensor *zeros,
                module.need("weight_zero_point", {"I8"}));
    G4RT_TRY(module.checkShape("weight_zero_point", *zeros,
                               module.find("weight_scale")->shape));
    parts.zeros.bytes = zeros->bytes.data();
  }
  return makeQuantizedRows(module, isInt ? "int-quantized" : "float-quantized",
                           rows, cols, parts);
}

static MadeRows readNvfp4(const ModuleTensors &module,
                          const QuantizationGroup &group) {
  G4RT_ASSIGN(const StoredTensor *packed,
              module.needMatrix("weight_packed", {"U8"}));
  if (group.type != "float" || group.numBits != 4 || !group.isSymmetric)
    return module.wrong("weight_packed", "holds E2M1, its group of "
                                         "config_groups says another type");
  int64_t rows = packed->shape[0], cols = 2 * packed->shape[1];
  QuantizedRows::Parts parts;
  parts.codes.kind = Codes::Kind::E2M1;
  parts.codes.bytes = packed->bytes.data();
  G4RT_ASSIGN(parts.scales, scalesOf(module, group, rows, cols));
  // A divisor, where ModelOpt has a factor.
  G4RT_ASSIGN(parts.scales.global, module.needNumber("weight_global_scale"));
  parts.scales.divides = true;
  return makeQuantizedRows(module, "nvfp4-pack-quantized", rows, cols, parts);
}

MadeRows readCompressedTensors(const ModuleTensors &module,
                               const QuantizationConfig &config) {
  G4RT_ASSIGN(const QuantizationGroup *group, groupOf(module, config));
  if (!module.find("weight_packed"))
    return readByteQuantized(module, *group);
  if (group->format == "nvfp4-pack-quantized")
    return readNvfp4(module, *group);
  return readPackQuantized(module, *group);
}

} // namespace g4
