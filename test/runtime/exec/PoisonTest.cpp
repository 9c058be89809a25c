// Memory keeps what a former sequence left there, which may be NaN or infinite.
// Masked positions have a weight of zero, and 0 * NaN is NaN: so nothing that a
// row does not see may even be multiplied.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "test/support/ModelRunner.h"
#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

struct PoisonCase {
  const char *model, *weights, *target;
};

class PoisonTest : public testing::TestWithParam<PoisonCase> {
protected:
  std::unique_ptr<ModelRunner> open(bool poisoned) {
    auto runner = ModelRunner::open(path(), {.target = GetParam().target,
                                             .threads = 2,
                                             .maxSequences = 2,
                                             .poisoned = poisoned});
    EXPECT_TRUE(runner) << runner.error().message();
    return runner ? *std::move(runner) : nullptr;
  }
  static std::string path() {
    return artifactPath(GetParam().model, GetParam().weights);
  }
  static std::vector<int32_t> someIds(size_t count) {
    std::mt19937 random(5);
    std::vector<int32_t> ids(count);
    for (int32_t &id : ids)
      id = static_cast<int32_t>(random() % 500);
    return ids;
  }
};

TEST_P(PoisonTest, DoesNotReadWhatMemoryHeldBefore) {
  auto clean = open(/*poisoned=*/false), poisoned = open(/*poisoned=*/true);
  ASSERT_TRUE(clean && poisoned);
  for (int64_t chunk : {1, 3, 50})
    for (size_t length : {1, 5, 33, 100}) {
      std::vector<int32_t> ids = someIds(length);
      auto expected = clean->run(ids, chunk), found = poisoned->run(ids, chunk);
      ASSERT_TRUE(expected && found);
      EXPECT_FALSE(std::isnan(expected->back()));
      EXPECT_EQ(std::memcmp(expected->data(), found->data(),
                            expected->size() * sizeof(float)),
                0)
          << length << " tokens in chunks of " << chunk;
    }
}

// What a damaged or diverged checkpoint gives: the step must end, without
// touching other memory, whatever the numbers are.
TEST_P(PoisonTest, SurvivesWeightsThatAreNoNumbers) {
  std::string bytes = readWholeFile(path());
  Result<ArtifactFile> whole = ArtifactFile::open(path());
  ASSERT_TRUE(whole);
  TempFolder folder;
  std::mt19937 random(3);
  for (int fill : {0xff, 0x7f, -1}) {
    std::string damaged = bytes;
    for (const artifact::Weight *weight : *whole->root().weights())
      for (uint64_t i = 0; i < weight->data()->size(); ++i)
        damaged[weight->data()->offset() + i] =
            static_cast<char>(fill < 0 ? random() : fill);
    auto runner = ModelRunner::open(folder.write("damaged.g4", damaged),
                                    {.target = GetParam().target});
    ASSERT_TRUE(runner) << runner.error().message();
    for (int64_t chunk : {1, 7, 50}) {
      auto logits = (*runner)->run(someIds(60), chunk);
      ASSERT_TRUE(logits) << logits.error().message();
      EXPECT_EQ(logits->size(), 60u * (*runner)->vocabSize());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, PoisonTest,
    testing::Values(PoisonCase{"moe26b", "f32", ""},
                    PoisonCase{"moe26b", "f32", "x86-64-v3"},
                    PoisonCase{"moe26b", "bf16", ""},
                    PoisonCase{"moe26b", "bf16", "x86-64-v3"},
                    PoisonCase{"dense12b", "f32", ""},
                    PoisonCase{"ple_e2b", "bf16", ""}),
    [](const testing::TestParamInfo<PoisonCase> &info) {
      return std::string(info.param.model) + "_" + info.param.weights +
             (*info.param.target ? "_v3" : "_native");
    });

} // namespace
} // namespace g4rt
