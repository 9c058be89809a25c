#include "runtime/device/cpu/CpuFeatures.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace g4rt {
namespace {

/// The flags of the first processor, as the kernel spells them.
std::set<std::string> kernelFlags() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("flags", 0) == 0) {
      std::istringstream words(line.substr(line.find(':') + 1));
      return {std::istream_iterator<std::string>(words), {}};
    }
  return {};
}

TEST(CpuFeaturesTest, AgreesWithTheKernel) {
  std::set<std::string> flags = kernelFlags();
  if (flags.empty())
    GTEST_SKIP() << "no flags in /proc/cpuinfo";
  struct Name {
    const char *ours, *kernels;
  };
  for (Name name : {Name{"avx2", "avx2"},
                    {"bmi2", "bmi2"},
                    {"fma", "fma"},
                    {"f16c", "f16c"},
                    {"avx512f", "avx512f"},
                    {"avx512bw", "avx512bw"},
                    {"avx512dq", "avx512dq"},
                    {"avx512vl", "avx512vl"},
                    {"avx512bf16", "avx512_bf16"},
                    {"avx512vnni", "avx512_vnni"}})
    EXPECT_EQ(hasCpuFeature(name.ours), flags.count(name.kernels) > 0)
        << name.ours;
}

TEST(CpuFeaturesTest, LacksWhatItDoesNotKnow) {
  EXPECT_FALSE(hasCpuFeature(""));
  EXPECT_FALSE(hasCpuFeature("avx9000"));
  EXPECT_FALSE(hasCpuFeature("AVX2"));
}

} // namespace
} // namespace g4rt
