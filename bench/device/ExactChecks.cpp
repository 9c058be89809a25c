//===- ExactChecks.cpp - Kernels whose result has one right answer --------===//

#include "bench/device/ExactChecks.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

namespace g4rt {

/// Positions of `keys`, sorted by them, of equals in order.
static std::vector<int32_t> sortedBy(const std::vector<int32_t> &keys) {
  std::vector<int32_t> order(keys.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int32_t>(i);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return std::pair(keys[static_cast<size_t>(a)], a) <
           std::pair(keys[static_cast<size_t>(b)], b);
  });
  return order;
}

// Buffers: experts, tile_experts, tile_begins, tile_ends, num_tiles, order,
// tokens.
int64_t countWrongGroups(const std::vector<BufferValue> &buffers) {
  std::vector<std::vector<int32_t>> ints;
  for (const BufferValue &buffer : buffers)
    ints.push_back(toInts(buffer.bytes));
  if (ints.size() < 7 || ints[4].empty())
    return 1;
  const std::vector<int32_t> &experts = ints[0];
  std::vector<int32_t> order = sortedBy(experts);
  int64_t wrong = countDifferent(order, ints[5]);
  int32_t end = 0;
  for (size_t tile = 0; tile < static_cast<size_t>(ints[4][0]); ++tile) {
    if (tile >= ints[3].size() || ints[3][tile] <= end ||
        ints[3][tile] > static_cast<int32_t>(order.size()))
      return wrong + 1;
    int32_t begin = std::exchange(end, ints[3][tile]);
    wrong += ints[2][tile] != begin;
    for (int32_t i = begin; i < end; ++i)
      wrong += experts[static_cast<size_t>(order[static_cast<size_t>(i)])] !=
               ints[1][tile];
  }
  return wrong + (end != static_cast<int32_t>(experts.size()));
}

// Buffers: numbers, ids if there are any, values, ids of the values.
int64_t countWrongLargest(std::string_view kernel,
                          const std::vector<BufferValue> &buffers) {
  long long cols = 0, block = 0, count = 0;
  if (std::sscanf(std::string(kernel).c_str(), "largest_n%lldb%lldtop%lld",
                  &cols, &block, &count) != 3 ||
      buffers.size() < 3)
    return 1;
  std::vector<float> numbers =
      toFloats(artifact::DType::f32, buffers.front().bytes);
  bool hasIds = buffers.size() > 3;
  std::vector<int32_t> ids =
      hasIds ? toInts(buffers[1].bytes) : std::vector<int32_t>();
  std::vector<float> values =
      toFloats(artifact::DType::f32, buffers[buffers.size() - 2].bytes);
  std::vector<int32_t> chosen = toInts(buffers.back().bytes);
  int64_t wrong = 0;
  size_t at = 0; // in the results
  for (size_t row = 0; row + cols <= numbers.size(); row += cols)
    for (long long first = 0; first < cols; first += block) {
      std::vector<std::pair<float, int32_t>> all;
      for (long long i = first; i < std::min(cols, first + block); ++i)
        all.emplace_back(-numbers[row + i],
                         hasIds ? ids[row + i] : static_cast<int32_t>(i));
      std::sort(all.begin(), all.end());
      for (long long i = 0; i < count; ++i, ++at) {
        if (at >= values.size() || at >= chosen.size())
          return wrong + 1;
        if (i < static_cast<long long>(all.size()))
          wrong += values[at] != -all[i].first || chosen[at] != all[i].second;
      }
    }
  return wrong;
}

} // namespace g4rt
