//===- Softmax.h - Weights of tokens ----------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_SOFTMAX_H
#define G4_RUNTIME_SAMPLE_SOFTMAX_H

#include <cstddef>
#include <span>

namespace g4rt {

/// Sums of weights are f32 within blocks of so many and f64 over the blocks.
inline constexpr size_t kSoftmaxBlock = 1024;

/// weights[i] = e^((logits[i] - largest) * scale); `largest` is at least each
/// of them, `scale` is positive. f32, within 3e-7 relatively; 0 below e^-87.
/// The same bits on every machine with IEEE arithmetic. Returns the sum.
double softmaxWeights(std::span<const float> logits, float largest, float scale,
                      std::span<float> weights);

/// The sum of at most kSoftmaxBlock weights, f32 in eight lanes.
float sumOfBlock(std::span<const float> weights);

/// log of the sum of e^logits[i], f64 but for the weights. `largest` as above.
double logSumExp(std::span<const float> logits, float largest);

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_SOFTMAX_H
