//===- VisionWeights.h - The weight table of pictures -----------*- C++ -*-===//

#ifndef G4_MODELS_GEMMA4_VISIONWEIGHTS_H
#define G4_MODELS_GEMMA4_VISIONWEIGHTS_H

#include "models/gemma4/VisionConfig.h"
#include "models/gemma4/Weights.h"

namespace g4::gemma4 {

/// The weights that make soft tokens of `textSize` channels, in graph order.
/// Sources stand behind the checkpoint's prefix.
std::vector<WeightSpec> visionTable(const VisionConfig &config,
                                    int64_t textSize);

/// The same with the sources' full names, as transformers writes them.
std::vector<WeightSpec> namedVisionWeights(const VisionConfig &config,
                                           int64_t textSize);

/// The table against a checkpoint: every source with its full name, in the
/// shape that the table asks.
///
/// Errors: InvalidArgument naming the tensor, what was found and what is
/// needed.
g4rt::Result<std::vector<WeightSpec>>
resolveVisionWeights(const VisionConfig &config, int64_t textSize,
                     const Checkpoint &checkpoint);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_VISIONWEIGHTS_H
