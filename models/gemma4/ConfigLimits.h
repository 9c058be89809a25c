//===- ConfigLimits.h - Limits of a Gemma 4 config.json ---------*- C++ -*-===//
//
// Limits that real models keep by far; products of three of them fit 63 bits.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_GEMMA4_CONFIGLIMITS_H
#define G4_MODELS_GEMMA4_CONFIGLIMITS_H

#include <cstdint>

namespace g4::gemma4 {

constexpr int64_t kMaxChannels = 1 << 18;
constexpr int64_t kMaxVocab = 1 << 24;
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxHeads = 1024;
constexpr int64_t kMaxHeadDim = 4096;
constexpr int64_t kMaxPositions = 1 << 26;
constexpr int64_t kMaxExperts = 4096;

} // namespace g4::gemma4

#endif // G4_MODELS_GEMMA4_CONFIGLIMITS_H
