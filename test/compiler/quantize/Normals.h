//===- Normals.h - Random numbers as weights are ----------------*- C++ -*-===//

#ifndef G4_TEST_COMPILER_QUANTIZE_NORMALS_H
#define G4_TEST_COMPILER_QUANTIZE_NORMALS_H

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace g4 {

/// `count` numbers of a normal distribution around 0, the same for each seed.
inline std::vector<float> normals(size_t count, float deviation,
                                  uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> numbers(count);
  for (float &x : numbers)
    x = normal(random);
  return numbers;
}

} // namespace g4

#endif // G4_TEST_COMPILER_QUANTIZE_NORMALS_H
