// Memory keeps what a former sequence left there, which may be NaN or infinite.
// Masked positions have a weight of zero, and 0 * NaN is NaN: so nothing that a
// row does not see may even be multiplied.

#include "runtime/artifact/ElementSize.h"
#include "runtime/artifact/Packing.h"

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
  /// The artifact's bytes with NaN as the embedding of one token.
  static std::string withBadToken(int32_t id) {
    std::string bytes = readWholeFile(path());
    Result<ArtifactFile> file = ArtifactFile::open(path());
    for (const artifact::Weight *weight : *file->root().weights()) {
      if (weight->name()->string_view() != "embed")
        continue;
      bool isF32 = weight->dtype() == artifact::DType::f32;
      artifact::PackedMatrix matrix = *artifact::findPacking(
          numberTypeOf(weight->dtype()), weight->packing()->string_view(),
          weight->shape()->Get(0), weight->shape()->Get(1));
      EXPECT_EQ(weight->packing()->string_view(),
                isF32 ? "panel16" : "panel16x2");
      for (int64_t k = 0; k < matrix.numCols; ++k) {
        uint64_t at = weight->data()->offset() + matrix.codeAt(id, k).byte;
        std::memcpy(&bytes[at], isF32 ? "\0\0\xc0\x7f" : "\xc0\x7f",
                    isF32 ? 4 : 2);
      }
    }
    return bytes;
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

// One token of the vocabulary is NaN, so the sequences that have it are, and no
// other: not those that share a step with them, nor those that come after them.
TEST_P(PoisonTest, KeepsASequenceOfNoNumbersToItself) {
  constexpr int32_t kBad = 501; // someIds() has none above 499
  TempFolder folder;
  std::string damaged = folder.write("damaged.g4", withBadToken(kBad));
  auto open = [&] {
    return *ModelRunner::open(
        damaged,
        {.target = GetParam().target, .threads = 2, .maxSequences = 2});
  };
  std::vector<int32_t> good = someIds(70), bad = someIds(90);
  bad[20] = kBad;
  std::vector<float> expected = *open()->run(good, 10);
  auto runner = open();
  int64_t vocab = runner->vocabSize();
  std::vector<float> badLogits = *runner->run(bad, 20);
  EXPECT_FALSE(std::isnan(badLogits[19 * vocab]));
  EXPECT_TRUE(std::isnan(badLogits[89 * vocab]));
  // Where the bad one was, and beside another bad one.
  runner->setSequence(0, good);
  runner->setSequence(1, bad);
  for (int64_t first = 0; first < 70; first += 10) {
    auto logits = runner->step({{1, first, 10}, {0, first, 10}});
    ASSERT_TRUE(logits) << logits.error().message();
    for (int64_t i = 0; i < 10 * vocab; ++i)
      if (i % vocab != kBad)
        ASSERT_EQ((*logits)[10 * vocab + i], expected[first * vocab + i])
            << "row " << first + i / vocab << ", token " << i % vocab;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, PoisonTest,
    testing::Values(PoisonCase{"moe26b", "f32", ""},
                    PoisonCase{"moe26b", "f32", "x86-64-v3"},
                    PoisonCase{"moe26b", "bf16", ""},
                    PoisonCase{"moe26b", "bf16", "x86-64-v3"},
                    PoisonCase{"dense12b", "f32", ""},
                    PoisonCase{"ple_e2b", "bf16", ""},
                    PoisonCase{"moe26b", "int4", ""}),
    [](const testing::TestParamInfo<PoisonCase> &info) {
      return std::string(info.param.model) + "_" + info.param.weights +
             (*info.param.target ? "_v3" : "_native");
    });

} // namespace
} // namespace g4rt
