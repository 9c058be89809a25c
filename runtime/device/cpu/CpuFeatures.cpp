//===- CpuFeatures.cpp - What this processor can do -----------------------===//

#include "runtime/device/cpu/CpuFeatures.h"

namespace g4rt {

// __builtin_cpu_supports takes literals only; it asks cpuid and xgetbv.
bool hasCpuFeature(std::string_view name) {
  struct Row {
    std::string_view name;
    bool present;
  };
  const Row rows[] = {
      {"sse4a", static_cast<bool>(__builtin_cpu_supports("sse4a"))},
      {"avx2", static_cast<bool>(__builtin_cpu_supports("avx2"))},
      {"bmi2", static_cast<bool>(__builtin_cpu_supports("bmi2"))},
      {"fma", static_cast<bool>(__builtin_cpu_supports("fma"))},
      {"f16c", static_cast<bool>(__builtin_cpu_supports("f16c"))},
      {"avx512f", static_cast<bool>(__builtin_cpu_supports("avx512f"))},
      {"avx512bw", static_cast<bool>(__builtin_cpu_supports("avx512bw"))},
      {"avx512dq", static_cast<bool>(__builtin_cpu_supports("avx512dq"))},
      {"avx512vl", static_cast<bool>(__builtin_cpu_supports("avx512vl"))},
      {"avx512bf16", static_cast<bool>(__builtin_cpu_supports("avx512bf16"))},
      {"avx512vnni", static_cast<bool>(__builtin_cpu_supports("avx512vnni"))},
  };
  for (const Row &row : rows)
    if (row.name == name)
      return row.present;
  return false;
}

} // namespace g4rt
