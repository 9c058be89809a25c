//===- ModelOpt.cpp - Weights as NVIDIA's ModelOpt exports them -----------===//
//
// NVFP4: weight U8 [rows, cols / 2], weight_scale E4M3 [rows, cols / 16],
// weight_scale_2 F32: a weight is e2m1 * (weight_scale * weight_scale_2).
// FP8: weight E4M3, weight_scale F32 of the tensor or of each row. Source:
// the converters of compressed-tensors 0.20 and the model cards.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/quantized/ModuleTensors.h"

namespace g4 {

constexpr int64_t kGroup = 16;

static MadeRows readNvfp4(const ModuleTensors &module) {
  G4RT_ASSIGN(const StoredTensor *weight, module.needMatrix("weight", {"U8"}));
  int64_t rows = weight->shape[0], cols = 2 * weight->shape[1];
  if (cols % kGroup != 0)
    return module.wrong("weight", "rows of " + std::to_string(cols) +
                                      ", needed a multiple of 16");
  QuantizedRows::Parts parts;
  parts.codes.kind = Codes::Kind::E2M1;
  parts.codes.bytes = weight->bytes.data();
  G4RT_ASSIGN(parts.scales,
              module.needScales("weight_scale", rows, cols, 1, kGroup));
  G4RT_ASSIGN(parts.scales.global, module.needNumber("weight_scale_2"));
  return makeQuantizedRows(module, "NVFP4", rows, cols, parts);
}

static MadeRows readFp8(const ModuleTensors &module) {
  G4RT_ASSIGN(const StoredTensor *weight,
              module.needMatrix("weight", {"F8_E4M3"}));
  int64_t rows = weight->shape[0], cols = weight->shape[1];
  QuantizedRows::Parts parts;
  parts.codes.kind = Codes::Kind::E4M3;
  parts.codes.bytes = weight->bytes.data();
  const StoredTensor *scale = module.find("weight_scale");
  bool isOne = scale && (scale->shape.empty() || scale->shape[0] == 1);
  G4RT_ASSIGN(parts.scales, module.needScales("weight_scale", rows, cols,
                                              isOne ? rows : 1, cols));
  return makeQuantizedRows(module, "FP8", rows, cols, parts);
}

MadeRows readModelOpt(const ModuleTensors &module) {
  return module.find("weight")->typeName == "U8" ? readNvfp4(module)
                                                 : readFp8(module);
}

} // namespace g4
