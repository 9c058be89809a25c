//===- Softmax.cpp - Weights of tokens ------------------------------------===//

#include "runtime/sample/Softmax.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

// A fused multiply-add here and none there would give other bits.
#pragma STDC FP_CONTRACT OFF

namespace g4rt {

constexpr float kSmallest = -87;

// x = n log 2 + r with |r| <= log 2 / 2; e^r by the polynomial of Cephes' expf.
// Without a branch, so that loops over it become vector code.
static float expNonPositive(float x) {
  float clamped = x > kSmallest ? x : kSmallest;
  int32_t n = static_cast<int32_t>(clamped * 1.44269504F - 0.5F);
  float whole = static_cast<float>(n);
  float r = clamped - whole * 0.693359375F - whole * -2.12194440e-4F;
  float y = 1.9875691500e-4F;
  y = y * r + 1.3981999507e-3F;
  y = y * r + 8.3334519073e-3F;
  y = y * r + 4.1665795894e-2F;
  y = y * r + 1.6666665459e-1F;
  y = y * r + 5.0000001201e-1F;
  y = y * (r * r) + r + 1;
  float scaled = y * std::bit_cast<float>((n + 127) << 23);
  return x < kSmallest ? 0 : scaled;
}

float sumOfBlock(std::span<const float> weights) {
  float lanes[8] = {};
  size_t at = 0;
  for (; at + 8 <= weights.size(); at += 8)
    for (size_t lane = 0; lane < 8; ++lane)
      lanes[lane] += weights[at + lane];
  float sum = 0;
  for (float lane : lanes)
    sum += lane;
  for (; at < weights.size(); ++at)
    sum += weights[at];
  return sum;
}

double softmaxWeights(std::span<const float> logits, float largest, float scale,
                      std::span<float> weights) {
  double sum = 0;
  for (size_t at = 0; at < logits.size(); at += kSoftmaxBlock) {
    size_t end = std::min(at + kSoftmaxBlock, logits.size());
    for (size_t i = at; i < end; ++i)
      weights[i] = expNonPositive((logits[i] - largest) * scale);
    sum += sumOfBlock(weights.subspan(at, end - at));
  }
  return sum;
}

double logSumExp(std::span<const float> logits, float largest) {
  float weights[kSoftmaxBlock];
  double sum = 0;
  for (size_t at = 0; at < logits.size(); at += kSoftmaxBlock) {
    std::span<const float> block =
        logits.subspan(at, std::min(kSoftmaxBlock, logits.size() - at));
    sum += softmaxWeights(block, largest, 1, weights);
  }
  return largest + std::log(sum);
}

} // namespace g4rt
