// Models whose weights the loader makes: the same bytes as the packer's own
// generator writes, in every packing and by every variant's code, and a model
// that behaves like one that somebody trained.

#include "runtime/artifact/Generator.h"
#include "runtime/device/cpu/CpuDevice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <set>

#include "test/support/ModelRunner.h"

namespace g4rt {
namespace {

template <typename T>
T orDie(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message();
    std::abort();
  }
  return *std::move(result);
}

bool canRun(const artifact::Variant &variant, const Device &device) {
  return std::all_of(
      variant.features()->begin(), variant.features()->end(),
      [&](const auto *name) { return device.hasFeature(name->string_view()); });
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

/// What a variant's generator leaves for a weight, in memory that was not zero.
std::vector<std::byte> generated(const artifact::Variant &variant,
                                 const artifact::Weight &weight, Device &device,
                                 const KernelModule &module) {
  size_t size = weight.data()->size();
  std::vector<std::byte> bytes(size, std::byte{0xa5});
  DeviceAddress at = orDie(device.allocate(size));
  EXPECT_TRUE(device.copyIn(at, bytes).ok());
  GeneratorCall call = GeneratorCall::of(weight);
  std::vector<uint64_t> args{static_cast<uint64_t>(at)};
  args.insert(args.end(), call.numbers.begin(), call.numbers.end());
  Status status =
      device.launch({.module = &module,
                     .kernel = findGenerator(variant, weight)->kernel(),
                     .gridX = call.numPanels,
                     .args = args});
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_TRUE(device.copyOut(bytes, at).ok());
  return bytes;
}

/// Compares all synthetic weights of a file with those of its twin, in which
/// the packer wrote them. Gives the packings that it met.
std::set<std::string> compareWithWritten(const std::string &name) {
  auto made = orDie(ArtifactFile::open(artifactPath(name, "seed7")));
  auto written = orDie(ArtifactFile::open(artifactPath(name, "seed7.written")));
  std::set<std::string> packings;
  auto device = createCpuDevice(2);
  for (const auto *variant : *made.root().variants()) {
    if (!canRun(*variant, *device))
      continue;
    const auto &code = *made.root().code()->Get(variant->code());
    auto module = orDie(device->loadCode(code, made.bytesOf(*code.data())));
    for (uint32_t i = 0; i < made.root().weights()->size(); ++i) {
      const artifact::Weight &weight = *made.root().weights()->Get(i);
      const artifact::Weight &twin = *written.root().weights()->Get(i);
      if (!weight.synthetic() || !findGenerator(*variant, weight))
        continue;
      auto bytes = generated(*variant, weight, *device, *module);
      auto expected = written.bytesOf(*twin.data());
      EXPECT_TRUE(std::ranges::equal(bytes, expected))
          << variant->target()->str() << " " << weight.name()->str();
      packings.insert(weight.packing()->str());
    }
  }
  return packings;
}

using Packings = std::set<std::string>;

TEST(SyntheticModelTest, PlainWeightsAreTheBytesThatThePackerWrites) {
  EXPECT_EQ(compareWithWritten("odd.f32"), (Packings{"panel16", "rows"}));
  EXPECT_EQ(compareWithWritten("odd.bf16"),
            (Packings{"panel16", "panel16x2", "rows"}));
}

TEST(SyntheticModelTest, IntegersAreTheBytesThatThePackerWrites) {
  EXPECT_TRUE(compareWithWritten("moe128.int4").contains("panel16g32"));
  EXPECT_TRUE(compareWithWritten("moe128.q4").contains("panel16g16f16"));
  EXPECT_TRUE(compareWithWritten("moe128.fp8").contains("panel16row"));
}

TEST(SyntheticModelTest, NothingOfThemIsInTheFile) {
  auto file = orDie(ArtifactFile::open(artifactPath("moe128.bf16", "seed7")));
  uint64_t bytes = 0;
  for (const auto *weight : *file.root().weights())
    bytes += weight->synthetic() ? weight->data()->size() : 0;
  EXPECT_GT(bytes, 5u << 20);
  EXPECT_LT(file.sizeBytes(), 1u << 20);
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

std::unique_ptr<ModelRunner> runnerOf(const std::string &name,
                                      const std::string &seed,
                                      const std::string &target = "") {
  return orDie(ModelRunner::open(artifactPath(name, seed),
                                 {.target = target, .threads = 2}));
}

std::vector<int32_t> randomIds(const ModelRunner &runner, int count) {
  std::mt19937 random(1);
  std::vector<int32_t> ids(count);
  for (int32_t &id : ids)
    id = static_cast<int32_t>(random() % runner.vocabSize());
  return ids;
}

std::vector<int32_t> greedyOf(const std::string &name, const std::string &seed,
                              const std::string &target = "") {
  return orDie(runnerOf(name, seed, target)->greedy({5, 17, 300}, 3, 40));
}

TEST(SyntheticModelTest, EveryVariantIsTheSameModel) {
  for (const char *name : {"moe128.bf16", "moe128.int4", "odd.f32"})
    EXPECT_EQ(greedyOf(name, "seed7"), greedyOf(name, "seed7", "x86-64-v3"));
}

TEST(SyntheticModelTest, WeightsInTheFileAreTheSameModel) {
  EXPECT_EQ(greedyOf("odd.bf16", "seed7"),
            greedyOf("odd.bf16", "seed7.written"));
}

TEST(SyntheticModelTest, AnotherSeedIsAnotherModel) {
  EXPECT_EQ(greedyOf("moe128.bf16", "seed7"), greedyOf("moe128.bf16", "seed7"));
  EXPECT_NE(greedyOf("moe128.bf16", "seed7"), greedyOf("moe128.bf16", "seed8"));
}

TEST(SyntheticModelTest, GreedyDecodingSaysManyThings) {
  for (const char *name : {"moe128.f32", "moe128.bf16", "moe128.int4"}) {
    auto ids = greedyOf(name, "seed7");
    EXPECT_GE(std::set<int32_t>(ids.begin(), ids.end()).size(), 25u) << name;
  }
}

TEST(SyntheticModelTest, LogitsHaveASpread) {
  for (const char *name : {"moe128.f32", "moe128.bf16", "moe128.int4"}) {
    auto runner = runnerOf(name, "seed7");
    auto logits = orDie(runner->run(randomIds(*runner, 64), 64));
    double sum = 0, squares = 0;
    for (float x : logits) {
      ASSERT_TRUE(std::isfinite(x)) << name;
      sum += x;
      squares += x * x;
    }
    double mean = sum / logits.size();
    double deviation = std::sqrt(squares / logits.size() - mean * mean);
    EXPECT_NEAR(mean, 0, 0.3) << name;
    EXPECT_GT(deviation, 1) << name;
    EXPECT_LT(deviation, 4) << name;
  }
}

TEST(SyntheticModelTest, AllExpertsWorkAndNoneDoesFiveTimesItsShare) {
  constexpr int kTokens = 480, kExperts = 128, kTop = 8;
  for (const char *name : {"moe128.f32", "moe128.bf16", "moe128.int4"}) {
    auto runner = runnerOf(name, "seed7");
    runner->recordTaps();
    ASSERT_TRUE(runner->run(randomIds(*runner, kTokens), 60));
    int numRouters = 0;
    for (const auto &[tap, value] : runner->taps()) {
      if (!tap.ends_with("router.experts"))
        continue;
      ++numRouters;
      std::vector<int> counts(kExperts);
      for (int32_t expert : value.ints)
        ++counts.at(expert);
      auto [least, most] = std::minmax_element(counts.begin(), counts.end());
      EXPECT_GT(*least, 0) << name << " " << tap;
      EXPECT_LE(*most, 5 * kTokens * kTop / kExperts) << name << " " << tap;
    }
    EXPECT_EQ(numRouters, 5);
  }
}

} // namespace
} // namespace g4rt
