//===- Generator.h - Random numbers of one sequence -------------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_GENERATOR_H
#define G4_RUNTIME_SAMPLE_GENERATOR_H

#include <array>
#include <cstdint>

namespace g4rt {

/// The block of Philox4x32 with 10 rounds for a counter and a key (Salmon et
/// al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter,
                                   std::array<uint32_t, 2> key);

/// Uniform numbers that depend on a seed and on how many were drawn, and on
/// nothing else. To save it, keep both; a copy goes on where the original is.
class Generator {
public:
  explicit Generator(uint64_t seed, uint64_t numDrawn = 0)
      : seed_(seed), numDrawn_(numDrawn) {}

  uint64_t seed() const { return seed_; }
  uint64_t numDrawn() const { return numDrawn_; }

  /// At least 0 and less than 1, with 53 random bits.
  double next();

private:
  uint64_t seed_;
  uint64_t numDrawn_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_GENERATOR_H
