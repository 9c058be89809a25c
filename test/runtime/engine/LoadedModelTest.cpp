#include "runtime/engine/LoadedModel.h"

#include "runtime/device/cuda/CudaDevice.h"
#include "runtime/exec/MemoryFit.h"
#include "runtime/scheduler/FixedTables.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// 16 tokens of one letter each; nothing merges.
void giveTokenizer(artifact::TokenizerT &tokenizer) {
  for (uint32_t id = 0; id <= kToyVocab; ++id)
    tokenizer.piece_offsets.push_back(id);
  for (int64_t id = 0; id < kToyVocab; ++id)
    tokenizer.piece_text.push_back(static_cast<uint8_t>('a' + id));
  tokenizer.unk_id = 0;
  tokenizer.code_point_pages.assign(0x1100, 0);
  tokenizer.merge_slots.assign(4, ~0u);
  tokenizer.joint_bits = {0};
}

class LoadedModelTest : public testing::Test {
protected:
  LoadedModelTest() { giveTokenizer(*toy_.tables.tokenizer); }

  std::string write() { return folder_.write("toy.g4", toy_.file()); }
  Result<std::unique_ptr<LoadedModel>> load(const LoadOptions &options = {}) {
    return LoadedModel::load(write(), options);
  }
  std::string complaint(const LoadOptions &options = {}) {
    auto model = load(options);
    return model ? "none" : model.error().toString();
  }

  TempFolder folder_;
  ToyModel toy_;
};

TEST_F(LoadedModelTest, GivesAllPartsOfTheFile) {
  auto model = load({.numThreads = 1});
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_EQ((*model)->name(), "toy");
  EXPECT_EQ((*model)->tokenizer().numTokens(), kToyVocab);
  EXPECT_EQ((*model)->chatTemplate(), nullptr);
  EXPECT_EQ((*model)->generation().eos_ids()->Get(0), 1);
  EXPECT_EQ((*model)->device().name(), "cpu");
  EXPECT_EQ((*model)->variant().variant->target()->string_view(), "toy");
  EXPECT_FALSE((*model)->variant().reason.empty());
}

TEST_F(LoadedModelTest, TheExecutorComputesTheModel) {
  auto model = load({.numThreads = 1});
  ASSERT_TRUE(model);
  FixedTables tables((*model)->executor().limits());
  StepPlan plan;
  plan.addRow(/*token=*/3, /*position=*/0, /*slot=*/0);
  plan.addRow(/*token=*/5, /*position=*/1, /*slot=*/0);
  plan.addOutput();
  tables.useIn(plan);
  auto logits = (*model)->executor().run(plan);
  ASSERT_TRUE(logits) << logits.error().message();
  EXPECT_EQ(std::vector<float>(logits->begin(), logits->end()),
            toyLogits({3, 5}));
}

TEST_F(LoadedModelTest, TakesAnOpenFile) {
  auto file = ArtifactFile::open(write());
  ASSERT_TRUE(file);
  EXPECT_TRUE(LoadedModel::load(*std::move(file), {}));
}

TEST_F(LoadedModelTest, TheLengthIsTheModelsButNoMoreThan4096) {
  auto small = load();
  ASSERT_TRUE(small) << small.error().message();
  EXPECT_EQ((*small)->maxModelLength(), 1024);
  toy_.tables.model->max_positions = 1 << 18;
  auto large = load();
  ASSERT_TRUE(large);
  EXPECT_EQ((*large)->maxModelLength(), 4096);
}

TEST_F(LoadedModelTest, AShorterLengthNeedsLessMemory) {
  auto whole = load();
  auto part = load({.executor = {.maxModelLength = 100}});
  ASSERT_TRUE(whole);
  ASSERT_TRUE(part);
  EXPECT_EQ((*part)->maxModelLength(), 100);
  EXPECT_LT((*part)->memoryPlan().totalCacheBytes(),
            (*whole)->memoryPlan().totalCacheBytes());
}

TEST_F(LoadedModelTest, ALengthBeyondTheModelsPositionsIsRefused) {
  EXPECT_THAT(complaint({.executor = {.maxModelLength = 1025}}),
              AllOf(StartsWith("InvalidArgument: loading "),
                    HasSubstr("toy.g4: max-model-len 1025: the model was made "
                              "for 1024 positions")));
}

TEST_F(LoadedModelTest, WhatDoesNotFitIsRefusedWithThePlan) {
  EXPECT_THAT(complaint({.memoryBytes = 1000}),
              AllOf(StartsWith("ResourceExhausted: loading "),
                    HasSubstr("weights 64 B"), HasSubstr("KV cache "),
                    HasSubstr("16 sequences of 1024 positions"),
                    HasSubstr("1000 B are available")));
}

TEST_F(LoadedModelTest, WhatFitsExactlyIsLoaded) {
  auto model = load();
  ASSERT_TRUE(model);
  const MemoryPlan &plan = (*model)->memoryPlan();
  uint64_t needed = plan.weightBytes + plan.totalCacheBytes() +
                    plan.totalStorageBytes() + plan.inputBytes;
  EXPECT_TRUE(load({.memoryBytes = needed}));
  EXPECT_FALSE(load({.memoryBytes = needed - 1}));
}

TEST_F(LoadedModelTest, AChangedWeightIsFoundUnlessToldNotToLook) {
  std::string file = toy_.file();
  file[toy_.weight().data->offset()] ^= 1;
  std::string path = folder_.write("changed.g4", file);
  auto model = LoadedModel::load(path, {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), StatusCode::DataLoss);
  EXPECT_THAT(model.error().message(), HasSubstr("changed.g4"));
  EXPECT_TRUE(LoadedModel::load(path, {.verify = DataVerification::Never}));
  EXPECT_FALSE(LoadedModel::load(path, {.verify = DataVerification::Always}));
}

TEST_F(LoadedModelTest, AMissingFileIsNamed) {
  auto model = LoadedModel::load(folder_.path("none.g4"), {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), StatusCode::NotFound);
  EXPECT_THAT(model.error().message(), HasSubstr("none.g4"));
}

TEST_F(LoadedModelTest, ABrokenTokenizerIsNamedWithTheFile) {
  toy_.tables.tokenizer->piece_offsets.pop_back();
  EXPECT_THAT(complaint(), AllOf(StartsWith("DataLoss: loading "),
                                 HasSubstr("toy.g4: tokenizer: ")));
}

TEST_F(LoadedModelTest, AVariantThatTheMachineLacksIsRefused) {
  toy_.variant().features = {"no-such-feature"};
  EXPECT_THAT(complaint(), AllOf(StartsWith("NotFound: loading "),
                                 HasSubstr("no-such-feature")));
}

/// The toy as a program for GPUs, on a scripted one.
class LoadedOnGpuTest : public LoadedModelTest {
protected:
  LoadedOnGpuTest() {
    toy_.makeGpuProgram();
    options_.executor = {.maxSequences = 4, .maxModelLength = 400};
    options_.openDevice = [this](artifact::DeviceKind kind, int ordinal) {
      return kind == artifact::DeviceKind::cuda
                 ? createCudaDevice(ordinal, driver_.table())
                 : machineDevices(1)(kind, ordinal);
    };
  }

  ScriptedDriver driver_;
  LoadOptions options_;
};

TEST_F(LoadedOnGpuTest, TheFilesFirstVariantWithADeviceIsTaken) {
  auto model = load(options_);
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_THAT((*model)->device().name(), StartsWith("cuda:0 Toy GPU"));
}

TEST_F(LoadedOnGpuTest, AllSequencesHaveTheirFullLengthWhereThereIsRoom) {
  auto model = load(options_);
  ASSERT_TRUE(model);
  EXPECT_EQ((*model)->memoryPlan().limits.numPages, 4 * 100);
}

TEST_F(LoadedOnGpuTest, FewerPagesAreTakenWhereThereIsLess) {
  auto whole = load(options_);
  ASSERT_TRUE(whole);
  uint64_t needed = neededBytes((*whole)->memoryPlan());
  whole->reset();
  driver_.gpus[0].totalBytes = 4 * needed;
  // Of the rest, the pages of the toy's one paged cache are a small part.
  uint64_t used = 0;
  {
    auto device = createCudaDevice(0, driver_.table());
    ASSERT_TRUE(device);
    used = 4 * needed - (*device)->memory()->freeBytes;
  }
  options_.gpuMemoryUtilization =
      static_cast<double>(needed + used - 100 * 32) / (4.0 * needed);
  auto part = load(options_);
  ASSERT_TRUE(part) << part.error().message();
  int64_t numPages = (*part)->memoryPlan().limits.numPages;
  EXPECT_LT(numPages, 310);
  EXPECT_GT(numPages, 290);
  EXPECT_EQ((*part)->executor().limits().numSlots, 4);
}

TEST_F(LoadedOnGpuTest, TooLittleMemoryPrintsThePlanAndTheGpu) {
  driver_.gpus[0].totalBytes = 2000;
  EXPECT_THAT(complaint(options_),
              AllOf(HasSubstr("cuda:0 Toy GPU"), HasSubstr("weights 64 B"),
                    HasSubstr("4 sequences of 400 positions"),
                    HasSubstr("1.8 KiB are available")));
}

TEST_F(LoadedOnGpuTest, UnlessAskedAGpuHasItsOwnDefaults) {
  options_.executor = {
      .maxSequences = 0, .maxModelLength = 40, .maxStepTokens = 0};
  auto model = load(options_);
  ASSERT_TRUE(model) << model.error().message();
  const ExecutorLimits &limits = (*model)->executor().limits();
  EXPECT_EQ(limits.numSlots, 64);
  EXPECT_EQ(limits.maxStepTokens, 2048);
  EXPECT_EQ(limits.maxChunkTokens, 1024);
  EXPECT_EQ(limits.maxStepOutputs, 64);
}

TEST_F(LoadedOnGpuTest, SequencesThatNobodyAskedForBecomeFewerAndItIsSaid) {
  options_.executor = {.maxSequences = 0, .maxModelLength = 400};
  auto whole = load(options_);
  ASSERT_TRUE(whole) << whole.error().message();
  uint64_t needed = neededBytes((*whole)->memoryPlan());
  whole->reset();
  driver_.gpus[0].totalBytes = needed - 1000;
  options_.gpuMemoryUtilization = 1;
  testing::internal::CaptureStderr();
  auto part = load(options_);
  std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(part) << part.error().message();
  int64_t numSlots = (*part)->executor().limits().numSlots;
  EXPECT_LT(numSlots, 64);
  EXPECT_GE(numSlots, 1);
  EXPECT_THAT(log, HasSubstr("info memory fitted max_num_seqs=" +
                             std::to_string(numSlots) + " wanted_seqs=64"));
  part->reset();
  options_.executor.maxSequences = 4096;
  EXPECT_THAT(complaint(options_),
              HasSubstr("4096 sequences of 400 positions"));
  options_.mayHaveFewerSequences = true;
  auto asked = load(options_);
  ASSERT_TRUE(asked) << asked.error().message();
  EXPECT_EQ((*asked)->executor().limits().numSlots, numSlots);
}

TEST_F(LoadedOnGpuTest, AShareThatIsNoneIsRefused) {
  for (double share : {0.0, -1.0, 1.5}) {
    options_.gpuMemoryUtilization = share;
    EXPECT_THAT(complaint(options_), HasSubstr("gpu-memory-utilization"));
  }
}

TEST_F(LoadedOnGpuTest, AGpuThatIsNotThereIsNamed) {
  options_.device = {artifact::DeviceKind::cuda, 9};
  EXPECT_THAT(complaint(options_),
              AllOf(StartsWith("InvalidArgument: loading "),
                    HasSubstr("cuda:9: no such GPU; 1 is visible")));
}

} // namespace
} // namespace g4rt
