//===- QuantizedTensors.h - Several stored tensors as one weight *- C++ -*-===//
//
// Of the stored tensors q_proj.weight_packed, q_proj.weight_scale and so on it
// makes one row source, q_proj.weight. Read are
//
//   compressed-tensors  pack-quantized (2, 4 and 8 bits), int- and
//                       float-quantized (8 bits) per tensor, channel, group or
//                       block, nvfp4-pack-quantized
//   ModelOpt            NVFP4, FP8
//   AWQ, GPTQ           also as AutoRound writes them
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZEDTENSORS_H
#define G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZEDTENSORS_H

#include "models/checkpoint/Safetensors.h"
#include "models/checkpoint/quantized/QuantizationConfig.h"
#include "models/checkpoint/quantized/QuantizedRows.h"

#include <memory>

namespace g4 {

/// The stored tensors of all shards, by name.
using StoredTensors = std::map<std::string, const StoredTensor *>;

struct QuantizedTensors {
  std::vector<std::unique_ptr<RowSource>> sources;
  /// Names of the stored tensors that they are made of, and of those that say
  /// something of activations, which are not quantised here.
  std::vector<std::string> consumed;
};

/// All quantised weights among `tensors`, which outlive the result.
///
/// Errors: InvalidArgument naming the tensor: one that is missing beside
/// another, of another dtype or shape than the configuration asks, a weight
/// that the configuration leaves out and that is stored quantised, a scale of a
/// whole tensor that is not finite. Unimplemented for what is not read.
g4rt::Result<QuantizedTensors>
readQuantizedTensors(const QuantizationConfig &config,
                     const StoredTensors &tensors);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZEDTENSORS_H
