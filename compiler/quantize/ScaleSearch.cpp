//===- ScaleSearch.cpp - The scales that lose least -----------------------===//

#include "compiler/quantize/ScaleSearch.h"

#include "compiler/quantize/GroupRules.h"

#include <algorithm>
#include <cassert>
#include <cstring>

// A fused multiply-add here and none there would give other bits.
#pragma STDC FP_CONTRACT OFF
#if defined(__x86_64__) && defined(__clang__)
#define G4_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define G4_VECTORS
#endif
#define G4_INLINE [[gnu::always_inline]] static inline

namespace g4 {

using artifact::WeightFormat;

// A lane is a group, so that sums need no lanes to be added. Vectors go by
// reference: by value the clones would differ in how functions are called.
constexpr size_t kLanes = 8, kMaxGroup = 64;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

namespace {
/// Some groups side by side: numbers[i][lane] is the i-th of a group.
struct Groups {
  size_t size = 0;
  /// Integers are from -half to half - 1.
  float half = 0;
  Floats numbers[kMaxGroup];
  Floats weights[kMaxGroup];
};
} // namespace

// Tried are scales that make the extreme up to 0.9 of an integer more or less.
constexpr int kSteps = 3;
constexpr float kStep = 0.3F;

/// The integers nearest to x * inverse, the larger of two.
G4_INLINE void round(Floats &q, const Floats &x, const Floats &inverse,
                     float half) {
  Floats t = x * inverse + (half + 0.5F);
  Floats most = Floats{} + (2 * half - 0.5F);
  t = t > 0.0F ? t : Floats{};
  t = t < most ? t : most;
  q = __builtin_convertvector(__builtin_convertvector(t, Ints), Floats) - half;
}

/// The number of the largest absolute value of each group, the first of
/// several.
G4_INLINE void findExtremes(Floats &extreme, const Groups &groups) {
  Floats size{};
  extreme = Floats{};
  for (size_t i = 0; i < groups.size; ++i) {
    const Floats &x = groups.numbers[i];
    Floats abs = x < 0.0F ? -x : x;
    extreme = abs > size ? x : extreme;
    size = abs > size ? abs : size;
  }
}

/// Takes the scales of the integers that 1 / inverse gives where they are
/// better than the best so far.
G4_INLINE void tryScale(const Groups &groups, const Floats &inverse,
                        Floats &best, Floats &bestGain) {
  Floats products{}, squares{};
  for (size_t i = 0; i < groups.size; ++i) {
    Floats q;
    round(q, groups.numbers[i], inverse, groups.half);
    Floats weighted = groups.weights[i] * q;
    products += weighted * groups.numbers[i];
    squares += weighted * q;
  }
  Floats scale = squares > 0.0F ? products / squares : Floats{};
  Floats gain = products * scale;
  best = gain > bestGain ? scale : best;
  bestGain = gain > bestGain ? gain : bestGain;
}

G4_VECTORS static void findScales(const Groups &groups, float *usual,
                                  float *found) {
  Floats extreme, plain, best{}, bestGain = Floats{} - 1.0F;
  findExtremes(extreme, groups);
  plain = extreme / -groups.half;
  for (int step = -kSteps; step <= kSteps; ++step)
    tryScale(groups,
             -(groups.half + kStep * static_cast<float>(step)) / extreme, best,
             bestGain);
  std::memcpy(usual, &plain, sizeof(plain));
  std::memcpy(found, &best, sizeof(best));
}

/// sum(w (x - q scale)^2) of each group.
G4_VECTORS static void findErrors(const Groups &groups, const float *scales,
                                  float *errors) {
  Floats scale, sum{};
  std::memcpy(&scale, scales, sizeof(scale));
  Floats inverse = 1.0F / scale;
  for (size_t i = 0; i < groups.size; ++i) {
    Floats q;
    round(q, groups.numbers[i], inverse, groups.half);
    Floats error = groups.numbers[i] - q * scale;
    sum += groups.weights[i] * (error * error);
  }
  std::memcpy(errors, &sum, sizeof(sum));
}

/// Groups [first, first + kLanes) of the row; zeros after its end.
static void gather(Groups &groups, size_t first, std::span<const float> row,
                   std::span<const float> importance) {
  for (size_t lane = 0; lane < kLanes; ++lane) {
    size_t begin = (first + lane) * groups.size;
    for (size_t i = 0; i < groups.size; ++i) {
      bool isInside = begin < row.size();
      groups.numbers[i][lane] = isInside ? row[begin + i] : 0;
      groups.weights[i][lane] =
          !isInside || importance.empty() ? 1 : importance[begin + i];
    }
  }
}

namespace {
/// Scales of kLanes groups as they are stored, and what they lose.
struct Candidates {
  uint32_t bits[kLanes];
  float errors[kLanes];
};
} // namespace

static Candidates stored(const WeightFormat &format, const Groups &groups,
                         float *scales) {
  Candidates candidates;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    candidates.bits[lane] = scaleBits(format, scales[lane]);
    scales[lane] = artifact::floatOf(format.scale, candidates.bits[lane]);
    if (scales[lane] == 0)
      candidates.bits[lane] = 0; // no zero has a sign
  }
  findErrors(groups, scales, candidates.errors);
  return candidates;
}

/// The bits of the better scale of each of kLanes groups.
static Candidates search(const WeightFormat &format, const Groups &groups) {
  float usual[kLanes], found[kLanes];
  findScales(groups, usual, found);
  Candidates best = stored(format, groups, usual);
  Candidates other = stored(format, groups, found);
  // The error is NaN of a group that has no scale, or whose squares are no
  // floats, and NaN is not less.
  for (size_t lane = 0; lane < kLanes; ++lane)
    if (other.errors[lane] < best.errors[lane])
      best.bits[lane] = other.bits[lane];
  return best;
}

void searchScales(const WeightFormat &format, std::span<const float> row,
                  std::span<const float> importance,
                  std::span<uint32_t> scales) {
  assert(hasOffset(format) && importance.size() % row.size() == 0);
  Groups groups;
  groups.size = row.size() / scales.size();
  groups.half = static_cast<float>(1 << (format.bits - 1));
  assert(groups.size <= kMaxGroup);
  for (size_t first = 0; first < scales.size(); first += kLanes) {
    gather(groups, first, row, importance);
    Candidates found = search(format, groups);
    size_t count = std::min(kLanes, scales.size() - first);
    std::copy_n(found.bits, count, &scales[first]);
  }
}

} // namespace g4
