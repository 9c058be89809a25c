//===- Compare.cpp - How far numbers are from others ----------------------===//

#include "bench/device/Compare.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace g4rt {

std::vector<float> toFloats(artifact::DType dtype,
                            std::span<const std::byte> bytes) {
  if (dtype != artifact::DType::bf16) {
    std::vector<float> floats(bytes.size() / sizeof(float));
    if (!floats.empty())
      std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
    return floats;
  }
  std::vector<float> floats(bytes.size() / sizeof(uint16_t));
  for (size_t i = 0; i < floats.size(); ++i) {
    uint16_t half;
    std::memcpy(&half, bytes.data() + i * sizeof(half), sizeof(half));
    floats[i] = std::bit_cast<float>(uint32_t{half} << 16);
  }
  return floats;
}

std::vector<int32_t> toInts(std::span<const std::byte> bytes) {
  std::vector<int32_t> ints(bytes.size() / sizeof(int32_t));
  if (!ints.empty())
    std::memcpy(ints.data(), bytes.data(), ints.size() * sizeof(int32_t));
  return ints;
}

static float largestOf(std::span<const float> numbers) {
  float largest = 0;
  for (float number : numbers)
    if (std::isfinite(number))
      largest = std::max(largest, std::abs(number));
  return largest;
}

static double distance(float expected, float ours) {
  if (expected == ours || (std::isnan(expected) && std::isnan(ours)))
    return 0;
  if (!std::isfinite(expected) || !std::isfinite(ours))
    return std::numeric_limits<double>::infinity();
  return std::abs(double{expected} - double{ours});
}

double relativeDifference(std::span<const float> expected,
                          std::span<const float> ours, int64_t cols) {
  double least = largestOf(expected) / 1000.0, worst = 0;
  size_t width = static_cast<size_t>(cols);
  for (size_t at = 0; at + width <= expected.size(); at += width) {
    double scale = std::max<double>(largestOf(expected.subspan(at, width)),
                                    std::max(least, 1e-30));
    for (size_t i = at; i < at + width; ++i)
      worst = std::max(worst, distance(expected[i], ours[i]) / scale);
  }
  return worst;
}

int64_t countDifferent(std::span<const int32_t> expected,
                       std::span<const int32_t> ours) {
  int64_t count = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    count += expected[i] != ours[i];
  return count;
}

} // namespace g4rt
