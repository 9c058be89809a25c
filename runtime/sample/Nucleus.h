//===- Nucleus.h - The most likely tokens of a whole row --------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_NUCLEUS_H
#define G4_RUNTIME_SAMPLE_NUCLEUS_H

#include <cstdint>
#include <span>

namespace g4rt {

/// Sets to 0 all but the largest of `weights`, which lie in 0 to 1: as few as
/// have together at least `topP` of the sum of all, of equals the lowest index
/// first. Sorts only weights that are nearly equal to the smallest one kept.
void keepNucleus(std::span<float> weights, float topP);

/// The index where the running sum of `weights` first exceeds `part`, 0 to 1,
/// of their sum. Weights that are 0 are never taken; -1 if all are.
int32_t indexAtPart(std::span<const float> weights, double part);

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_NUCLEUS_H
