//===- Compare.h - How far numbers are from others --------------*- C++ -*-===//

#ifndef G4_BENCH_DEVICE_COMPARE_H
#define G4_BENCH_DEVICE_COMPARE_H

#include "runtime/artifact/Artifact_generated.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// A buffer of a program with its content at one moment.
struct BufferValue {
  artifact::DType dtype = artifact::DType::f32;
  int64_t rows = 0, cols = 0;
  std::vector<std::byte> bytes;
};

/// f32 or bf16 numbers as f32.
std::vector<float> toFloats(artifact::DType dtype,
                            std::span<const std::byte> bytes);
std::vector<int32_t> toInts(std::span<const std::byte> bytes);

/// The largest difference of a number as a share of the largest of its row;
/// rows count as at least 1/1000 of the largest of all. Infinity where one is
/// finite and the other is not.
double relativeDifference(std::span<const float> expected,
                          std::span<const float> ours, int64_t cols);

/// Numbers that are not equal.
int64_t countDifferent(std::span<const int32_t> expected,
                       std::span<const int32_t> ours);

} // namespace g4rt

#endif // G4_BENCH_DEVICE_COMPARE_H
