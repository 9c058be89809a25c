//===- Synthetic.h - Distributions for a model nobody trained ---*- C++ -*-===//
//
// Random weights with which a model computes like a trained one: activations
// stay in range through all layers, logits have a spread, the experts share the
// work, and an answer is no loop of one token.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_SYNTHETIC_H
#define G4_MODELS_GEMMA4_SYNTHETIC_H

#include "models/gemma4/Weights.h"

namespace g4::gemma4 {

/// Says for each weight of the table how its numbers are distributed.
void addSyntheticRanges(std::vector<WeightSpec> &table,
                        const TextConfig &config);

/// The same for the tower of pictures.
void addSyntheticVisionRanges(std::vector<WeightSpec> &table);

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_SYNTHETIC_H
