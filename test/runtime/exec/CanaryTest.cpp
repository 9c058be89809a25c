// The canary on the toy model: its values are computed by the toy itself.

#include "runtime/exec/Canary.h"

#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"
#include "runtime/device/cpu/CpuDevice.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

class CanaryTest : public testing::Test {
protected:
  void SetUp() override { open(); }

  /// A new executor on the file as it is now; a step has `maxStepTokens` rows.
  void open(int64_t maxStepTokens = 16) {
    executor_.reset();
    auto file = ArtifactFile::open(folder_.write("toy.g4", model_.file()));
    ASSERT_TRUE(file) << file.error().message();
    file_ = std::make_unique<ArtifactFile>(*std::move(file));
    const auto &variant = *file_->root().variants()->Get(0);
    auto plan = planMemory(file_->root(), *variant.program(),
                           {.maxSequences = 2,
                            .maxModelLength = 40,
                            .maxStepTokens = maxStepTokens});
    ASSERT_TRUE(plan) << plan.error().message();
    auto executor = ProgramExecutor::create(*file_, variant, *device_, *plan);
    ASSERT_TRUE(executor) << executor.error().message();
    executor_ = *std::move(executor);
  }

  std::vector<float> compute() {
    auto values = runCanary(*executor_, tokens_, names_);
    EXPECT_TRUE(values) << values.error().message();
    return values ? *values : std::vector<float>();
  }

  /// The canary with these values after the rest of the data.
  void store(const std::vector<float> &values) {
    auto canary = std::make_unique<artifact::CanaryT>();
    canary->token_ids = tokens_;
    canary->names = names_;
    canary->tolerance = 0.01F;
    std::string bytes(canaryBytes(names_.size()), '\0');
    std::memcpy(bytes.data(), values.data(), values.size() * sizeof(float));
    uint64_t sum = checksum(std::as_bytes(std::span(values)));
    std::memcpy(bytes.data() + values.size() * sizeof(float), &sum,
                sizeof(sum));
    model_.data.resize((model_.data.size() + 63) / 64 * 64);
    canary->data = std::make_unique<artifact::Span>(
        kHeadBytes + model_.data.size(), bytes.size());
    model_.data += bytes;
    model_.tables.canary = std::move(canary);
    open();
  }

  Status check() {
    return checkCanary(*file_, *file_->root().variants()->Get(0)->program(),
                       *executor_);
  }

  TempFolder folder_;
  ToyModel model_;
  std::vector<int32_t> tokens_ = {2, 5, 8, 11, 14};
  std::vector<std::string> names_ = {"values", "sums", "logits"};
  std::unique_ptr<Device> device_ = createCpuDevice(1);
  std::unique_ptr<ArtifactFile> file_;
  std::unique_ptr<ProgramExecutor> executor_;
};

TEST_F(CanaryTest, AFileWithoutOneIsRight) { EXPECT_TRUE(check().ok()); }

TEST_F(CanaryTest, HoldsTheLogitsOfTheWholePrompt) {
  std::vector<float> values = compute();
  std::vector<float> logits = toyLogits(tokens_);
  ASSERT_EQ(values.size(), 3 * kCanaryElements);
  EXPECT_EQ(
      std::vector<float>(values.begin() + 2 * kCanaryElements,
                         values.begin() + 2 * kCanaryElements + logits.size()),
      logits);
  EXPECT_EQ(values.back(), 0) << "after the last column";
}

TEST_F(CanaryTest, IsTheSameInSmallerSteps) {
  std::vector<float> whole = compute();
  open(/*maxStepTokens=*/2);
  EXPECT_EQ(compute(), whole);
}

TEST_F(CanaryTest, TheSameNumbersAreRight) {
  store(compute());
  Status status = check();
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST_F(CanaryTest, NamesTheFirstValueThatIsOffAndWhatMakesIt) {
  std::vector<float> values = compute();
  for (size_t i : {kCanaryElements, 2 * kCanaryElements})
    values[i] *= 1.5F;
  store(values);
  EXPECT_THAT(check().message(),
              testing::AllOf(HasSubstr("does not compute what the compiler"),
                             HasSubstr("sums, from a layer with "),
                             HasSubstr("at most 0.01 is right")));
}

TEST_F(CanaryTest, AnEmbeddingAndAHeadThatAreOffAreNamed) {
  std::vector<float> values = compute();
  std::vector<float> first = values, last = values;
  first[0] += 1;
  last[2 * kCanaryElements] += 10;
  store(first);
  EXPECT_THAT(check().message(),
              HasSubstr("values, from the embedding, is off"));
  store(last);
  EXPECT_THAT(check().message(), HasSubstr("logits, from the head, is off"));
}

TEST_F(CanaryTest, ANumberThatIsNoneIsOff) {
  std::vector<float> values = compute();
  values[0] = std::nanf("");
  store(values);
  EXPECT_FALSE(check().ok());
}

TEST_F(CanaryTest, AValueThatTheProgramLacksIsRefused) {
  std::vector<float> values = compute();
  names_[1] = "layers.99";
  store(values);
  EXPECT_THAT(check().message(), HasSubstr("the program has no layers.99"));
}

TEST_F(CanaryTest, ADamagedOneIsFoundByVerify) {
  store(compute());
  model_.data[model_.data.size() - 20] ^= 1;
  open();
  EXPECT_THAT(file_->verifyData().message(), HasSubstr("the canary of toy"));
}

} // namespace
} // namespace g4rt
