// The executor on the toy model, whose every number can be computed by hand.

#include "runtime/exec/ProgramExecutor.h"

#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/device/cuda/CudaDevice.h"

#include <gmock/gmock.h>

#include <cstring>
#include <map>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class Kind { Cpu, Cuda };

/// The toy on a CPU, and on a scripted GPU, where steps are graphs.
class ProgramExecutorTest : public testing::TestWithParam<Kind> {
protected:
  void SetUp() override {
    if (GetParam() == Kind::Cuda)
      openGpu();
    create(kSmall);
  }
  void openGpu() {
    model_.makeGpuProgram();
    auto device = createCudaDevice(0, driver_.table());
    ASSERT_TRUE(device) << device.error().message();
    device_ = *std::move(device);
  }

  static constexpr ExecutorOptions kSmall = {.maxSequences = 4,
                                             .maxModelLength = 40,
                                             .maxStepTokens = 16,
                                             .maxStepOutputs = 16};
  void create(const ExecutorOptions &options) {
    Result<ArtifactFile> file =
        ArtifactFile::open(folder_.write("toy.g4", model_.file()));
    ASSERT_TRUE(file) << file.error().message();
    file_ = std::make_unique<ArtifactFile>(*std::move(file));
    const auto &variant = *file_->root().variants()->Get(0);
    Result<MemoryPlan> plan =
        planMemory(file_->root(), *variant.program(), options);
    ASSERT_TRUE(plan) << plan.error().message();
    auto executor = ProgramExecutor::create(*file_, variant, *device_, *plan);
    ASSERT_TRUE(executor) << executor.error().message();
    executor_ = *std::move(executor);
    const ExecutorLimits &limits = executor_->limits();
    pageTable_ = scattered(limits.numSlots * limits.pagesPerSlot);
    windowTable_ = scattered(limits.numSlots * limits.windowPagesPerSlot);
  }

  // A slot's pages are not neighbours.
  static std::vector<int32_t> scattered(int64_t count) {
    std::vector<int32_t> pages;
    for (int64_t i = 0; i < count; ++i)
      pages.push_back(static_cast<int32_t>(i * 11 % count));
    return pages;
  }

  /// Adds the rows of a sequence's positions [first, first + count).
  void addRows(StepPlan &plan, int32_t slot, const std::vector<int32_t> &ids,
               size_t first, size_t count) {
    plan.pageTable = pageTable_;
    plan.windowTable = windowTable_;
    for (size_t i = first; i < first + count; ++i)
      plan.addRow(ids[i], static_cast<int64_t>(i), slot);
  }
  std::vector<float> run(const StepPlan &plan) {
    Result<std::span<const float>> logits = executor_->run(plan);
    if (!logits) {
      ADD_FAILURE() << logits.error().message();
      return {};
    }
    return {logits->begin(), logits->end()};
  }
  StepPlan goodPlan() {
    StepPlan plan;
    addRows(plan, 0, {1, 2, 3}, 0, 3);
    plan.addOutput();
    return plan;
  }
  /// What run() says to `plan`.
  std::string complaint(const StepPlan &plan) {
    Result<std::span<const float>> logits = executor_->run(plan);
    return logits ? "" : logits.error().toString();
  }

  static std::vector<int32_t> someIds(size_t count, int32_t seed) {
    std::vector<int32_t> ids;
    for (size_t i = 0; i < count; ++i)
      ids.push_back(static_cast<int32_t>((i * 5 + seed) % kToyVocab));
    return ids;
  }

  TempFolder folder_;
  ScriptedDriver driver_;
  ToyModel model_;
  std::unique_ptr<Device> device_ = createCpuDevice(2);
  std::unique_ptr<ArtifactFile> file_;
  std::unique_ptr<ProgramExecutor> executor_;
  std::vector<int32_t> pageTable_, windowTable_;
};

TEST_P(ProgramExecutorTest, GivesTheLogitsOfTheRowsThatAreWanted) {
  StepPlan plan;
  std::vector<int32_t> ids = someIds(5, 3);
  addRows(plan, 2, ids, 0, 5);
  plan.outputRows = {1, 4};
  std::vector<float> expected = toyLogits({ids[0], ids[1]});
  for (float logit : toyLogits(ids))
    expected.push_back(logit);
  EXPECT_EQ(run(plan), expected);
}

TEST_P(ProgramExecutorTest, GivesNoLogitsWhereNoneAreWanted) {
  StepPlan plan = goodPlan();
  plan.outputRows.clear();
  EXPECT_TRUE(run(plan).empty());
}

TEST_P(ProgramExecutorTest, DoesNotDependOnHowAPromptIsCut) {
  std::vector<int32_t> ids = someIds(37, 1);
  for (size_t chunk : {1, 2, 3, 5, 16}) {
    std::vector<float> last;
    for (size_t first = 0; first < ids.size(); first += chunk) {
      StepPlan plan;
      addRows(plan, 1, ids, first, std::min(chunk, ids.size() - first));
      plan.addOutput();
      last = run(plan);
    }
    EXPECT_EQ(last, toyLogits(ids)) << "chunks of " << chunk;
  }
}

TEST_P(ProgramExecutorTest, TwoPromptsInCappedChunksShareTheirSteps) {
  create({.maxChunkTokens = 7});
  ASSERT_EQ(executor_->limits().maxChunkTokens, 7);
  std::vector<int32_t> ids[] = {someIds(38, 1), someIds(38, 4)};
  for (size_t first = 0; first < 38; first += 7) {
    StepPlan plan;
    std::vector<float> expected;
    size_t count = std::min<size_t>(7, 38 - first);
    for (int32_t slot : {0, 1}) {
      addRows(plan, slot + 1, ids[slot], first, count);
      plan.addOutput();
      auto begin = ids[slot].begin();
      for (float logit : toyLogits({begin, begin + first + count}))
        expected.push_back(logit);
    }
    EXPECT_EQ(run(plan), expected) << "from position " << first;
  }
}

/// Makes slot `to` share slot `from`'s pages before the one at `position`,
/// which it copies.
void goOnFrom(StepPlan &plan, const ExecutorLimits &limits, int32_t from,
              int32_t to, int64_t position, std::vector<int32_t> &pages,
              std::vector<int32_t> &windowPages) {
  int64_t last = position / limits.pageSize;
  auto entry = [&](int32_t slot, int64_t page) -> int32_t & {
    return pages[slot * limits.pagesPerSlot + page];
  };
  auto windowEntry = [&](int32_t slot, int64_t page) -> int32_t & {
    int64_t width = limits.windowPagesPerSlot;
    return windowPages[slot * width + page % width];
  };
  plan.copies = {{.from = entry(from, last), .to = entry(to, last)}};
  plan.windowCopies = {
      {.from = windowEntry(from, last), .to = windowEntry(to, last)}};
  for (int64_t page = 0; page < last; ++page) {
    entry(to, page) = entry(from, page);
    if (page >= limits.firstWindowPage(position))
      windowEntry(to, page) = windowEntry(from, page);
  }
  plan.pageTable = pages;
  plan.windowTable = windowPages;
}

TEST_P(ProgramExecutorTest, ASlotGoesOnFromPagesOfAnotherOneAndACopy) {
  std::vector<int32_t> ids = someIds(16, 2), other;
  StepPlan whole;
  addRows(whole, 0, ids, 0, 16);
  run(whole);
  for (int64_t position : {5, 9, 14}) {
    auto pages = pageTable_, windowPages = windowTable_;
    other.assign(ids.begin(), ids.begin() + position);
    other.push_back(1);
    StepPlan plan;
    addRows(plan, 1, other, position, 1);
    plan.addOutput();
    goOnFrom(plan, executor_->limits(), 0, 1, position, pages, windowPages);
    EXPECT_EQ(run(plan), toyLogits(other)) << position;
    // The slot whose page was copied has what it had.
    StepPlan next;
    addRows(next, 0, ids, 15, 1);
    next.addOutput();
    EXPECT_EQ(run(next), toyLogits(ids)) << position;
  }
}

TEST_P(ProgramExecutorTest, APositionOfTheLastChunkCanBeRepeated) {
  create({.maxChunkTokens = 7});
  std::vector<int32_t> ids = someIds(35, 2);
  auto chunk = [&](size_t first) {
    StepPlan plan;
    addRows(plan, 3, ids, first, 7);
    plan.addOutput();
    return run(plan);
  };
  for (size_t first = 0; first < 35; first += 7)
    chunk(first);
  EXPECT_EQ(chunk(28), toyLogits(ids));
}

TEST_P(ProgramExecutorTest, KeepsSequencesApart) {
  std::vector<std::vector<int32_t>> sequences;
  for (int32_t s = 0; s < 4; ++s)
    sequences.push_back(someIds(12 + 4 * s, s));
  for (size_t position = 0; position < 24; ++position) {
    StepPlan plan;
    std::vector<float> expected;
    for (int32_t s = 3; s >= 0; --s)
      if (position < sequences[s].size()) {
        addRows(plan, s, sequences[s], position, 1);
        plan.addOutput();
        auto end = sequences[s].begin() + position + 1;
        for (float logit : toyLogits({sequences[s].begin(), end}))
          expected.push_back(logit);
      }
    ASSERT_EQ(run(plan), expected) << "position " << position;
  }
}

TEST_P(ProgramExecutorTest, BeginsASlotAnewAtPositionZero) {
  StepPlan longer;
  addRows(longer, 0, someIds(16, 9), 0, 16);
  longer.addOutput();
  run(longer);
  EXPECT_EQ(run(goodPlan()), toyLogits({1, 2, 3}));
}

TEST_P(ProgramExecutorTest, OverwritesPositionsThatAreRepeated) {
  run(goodPlan());
  StepPlan again;
  addRows(again, 0, {1, 9, 8, 7}, 1, 3);
  again.addOutput();
  EXPECT_EQ(run(again), toyLogits({1, 9, 8, 7}));
}

TEST_P(ProgramExecutorTest, CutsTilesWhereASequenceOrATileEnds) {
  StepPlan plan;
  addRows(plan, 0, someIds(6, 0), 0, 6); // tiles of 4 and 2 rows
  addRows(plan, 1, someIds(3, 0), 0, 3);
  addRows(plan, 2, someIds(9, 0), 8, 1); // the same slot's rows, not neighbours
  addRows(plan, 3, someIds(2, 0), 0, 2);
  plan.addOutput();
  std::vector<int32_t> lengths;
  executor_->setTapSink([&](const TapValue &tap) {
    if (tap.name != "tiles")
      return;
    lengths.resize(tap.rows * tap.cols);
    std::memcpy(lengths.data(), tap.bytes.data(), tap.bytes.size());
  });
  run(plan);
  EXPECT_THAT(lengths, ElementsAre(4, 4, 4, 4, 2, 2, 3, 3, 3, 1, 2, 2));
}

TEST_P(ProgramExecutorTest, ShowsEachTapRightAfterItsLaunch) {
  std::map<std::string, std::vector<float>> taps;
  executor_->setTapSink([&](const TapValue &tap) {
    std::vector<float> values(tap.rows * tap.cols);
    if (tap.dtype == artifact::DType::f32)
      std::memcpy(values.data(), tap.bytes.data(), tap.bytes.size());
    taps[std::string(tap.name)] = values;
  });
  run(goodPlan());
  EXPECT_EQ(taps.size(), 3u);
  EXPECT_THAT(taps["values"], ElementsAre(4, 7, 10));
  EXPECT_THAT(taps["sums"], ElementsAre(4, 4, 11, 11, 21, 21));
  taps.clear();
  executor_->setTapSink(nullptr);
  run(goodPlan());
  EXPECT_TRUE(taps.empty());
}

TEST_P(ProgramExecutorTest, TimesEachLaunchByItsLabelAndKernel) {
  std::vector<std::string> seen;
  executor_->setLaunchSink([&](const LaunchTime &time) {
    std::string kernel(time.kernel);
    if (GetParam() == Kind::Cuda)
      kernel.resize(kernel.size() - 5); // "Items"
    seen.push_back(std::string(time.label) + "/" + kernel);
    EXPECT_GE(time.seconds, 0);
  });
  run(goodPlan());
  EXPECT_THAT(seen,
              ElementsAre("embed/toyEmbed", "store/toyStore", "sum/toySumAll",
                          "store/toyStore", "sum/toySumWindow",
                          "tiles/toyTiles", "logits/toyLogits"));
}

TEST_P(ProgramExecutorTest, RefusesMoreRowsThanItSetMemoryAsideFor) {
  StepPlan plan;
  addRows(plan, 0, someIds(17, 0), 0, 17);
  EXPECT_THAT(complaint(plan),
              HasSubstr("step plan: number of rows 17, needs 1 to 16"));
}

TEST_P(ProgramExecutorTest, NamesTheKernelThatTheCodeLacks) {
  model_.code().kernels[0]->symbol = "toyMissing";
  TempFolder folder;
  Result<ArtifactFile> file =
      ArtifactFile::open(folder.write("toy.g4", model_.file()));
  ASSERT_TRUE(file);
  const auto &variant = *file->root().variants()->Get(0);
  Result<MemoryPlan> plan = planMemory(file->root(), *variant.program(), {});
  ASSERT_TRUE(plan);
  auto executor = ProgramExecutor::create(*file, variant, *device_, *plan);
  ASSERT_FALSE(executor);
  EXPECT_EQ(executor.error().code(), StatusCode::DataLoss);
  EXPECT_THAT(executor.error().message(), HasSubstr("toyMissing"));
}

INSTANTIATE_TEST_SUITE_P(Devices, ProgramExecutorTest,
                         testing::Values(Kind::Cpu, Kind::Cuda),
                         [](const auto &info) {
                           return info.param == Kind::Cpu ? "Cpu" : "Cuda";
                         });

/// Steps as graphs.
class GraphTest : public ProgramExecutorTest {
protected:
  int numCalls(const char *symbol) const { return driver_.numCalls(symbol); }
  StepPlan prompt(size_t length) {
    StepPlan plan;
    addRows(plan, 0, someIds(length, 2), 0, length);
    plan.addOutput();
    return plan;
  }
};

TEST_P(GraphTest, AStepIsOneCopyOneGraphAndTheLogits) {
  for (size_t length : {1, 2, 16}) {
    StepPlan plan = prompt(length);
    int copies = numCalls("cuMemcpyHtoDAsync_v2");
    int graphs = numCalls("cuGraphLaunch");
    int launches = numCalls("cuLaunchKernel");
    int back = numCalls("cuMemcpyDtoHAsync_v2");
    EXPECT_EQ(run(plan), toyLogits(plan.tokenIds));
    EXPECT_EQ(numCalls("cuMemcpyHtoDAsync_v2") - copies, 1);
    EXPECT_EQ(numCalls("cuGraphLaunch") - graphs, 1);
    EXPECT_EQ(numCalls("cuMemcpyDtoHAsync_v2") - back, 1);
    EXPECT_EQ(numCalls("cuLaunchKernel"), launches);
    EXPECT_EQ(numCalls("cuMemsetD8Async"), numCalls("cuMemAlloc_v2") - 1);
  }
}

// Of 1 row; of 2, 4, 8 and 16.
TEST_P(GraphTest, EachBucketHasItsGraphsBeforeTheFirstStep) {
  EXPECT_EQ(numCalls("cuGraphInstantiateWithFlags"), 5);
  EXPECT_EQ(numCalls("cuGraphUpload"), 5);
  EXPECT_EQ(numCalls("cuGraphLaunch"), 0);
}

TEST_P(GraphTest, AStepHasTheGridsOfTheSmallestGraphThatHoldsIt) {
  create({.maxSequences = 4,
          .maxModelLength = 2048,
          .maxStepTokens = 2048,
          .maxChunkTokens = 2048});
  auto numBlocks = [&](size_t length) {
    StepPlan plan = prompt(length);
    uint64_t before = driver_.numBlocks;
    int graphs = numCalls("cuGraphLaunch");
    EXPECT_EQ(run(plan), toyLogits(plan.tokenIds)) << length;
    EXPECT_EQ(numCalls("cuGraphLaunch") - graphs, 1) << length;
    return driver_.numBlocks - before;
  };
  // Five launches of an item each row, a tile every 4 rows and each sequence's
  // last, two pairs of outputs.
  EXPECT_EQ(numBlocks(300), 5u * 512 + 128 + 4 + 2);
  EXPECT_EQ(numBlocks(512), numBlocks(300));
  EXPECT_EQ(numBlocks(513), 5u * 1024 + 256 + 4 + 2);
  EXPECT_EQ(numBlocks(2048), 5u * 2048 + 512 + 4 + 2);
}

// Two sequences' rows in turn: each is a tile, 8 of 4 rows at most.
TEST_P(GraphTest, AStepOfMoreTilesThanAGraphOfItsRowsHasTakesALargerOne) {
  StepPlan plan;
  for (size_t i = 0; i < 4; ++i)
    for (int32_t slot : {0, 1})
      addRows(plan, slot, someIds(4, slot), i, 1);
  plan.addOutput();
  uint64_t before = driver_.numBlocks;
  EXPECT_EQ(run(plan), toyLogits(someIds(4, 1)));
  EXPECT_EQ(driver_.numBlocks - before, 5u * 16 + 4 + 4 + 2);
}

TEST_P(GraphTest, AStepThatIsWatchedIsLaunchedOneByOne) {
  int launches = numCalls("cuLaunchKernel");
  executor_->setTapSink([](const TapValue &) {});
  EXPECT_EQ(run(goodPlan()), toyLogits({1, 2, 3}));
  EXPECT_EQ(numCalls("cuGraphLaunch"), 0);
  EXPECT_EQ(numCalls("cuLaunchKernel") - launches, 7);
  executor_->setTapSink(nullptr);
  run(goodPlan());
  EXPECT_EQ(numCalls("cuGraphLaunch"), 1);
}

// Of 4 slots: only an evaluation wants more rows.
TEST_P(GraphTest, AStepOfMoreOutputsThanSequencesNeedsNoGraph) {
  StepPlan plan = prompt(6);
  plan.outputRows = {0, 1, 2, 3, 4, 5};
  std::vector<float> expected;
  for (int64_t end = 1; end <= 6; ++end)
    for (float logit :
         toyLogits({plan.tokenIds.begin(), plan.tokenIds.begin() + end}))
      expected.push_back(logit);
  EXPECT_EQ(run(plan), expected);
  EXPECT_EQ(numCalls("cuGraphLaunch"), 0);
}

TEST_P(GraphTest, AProgramThatPassesSizesByValueIsLaunchedOneByOne) {
  model_ = ToyModel();
  model_.code().format = artifact::CodeFormat::cubin;
  int graphs = numCalls("cuGraphInstantiateWithFlags");
  create(kSmall);
  EXPECT_EQ(run(goodPlan()), toyLogits({1, 2, 3}));
  EXPECT_EQ(numCalls("cuGraphInstantiateWithFlags"), graphs);
}

TEST_P(GraphTest, ALostGpuFailsTheStepAndAllLaterOnes) {
  driver_.fail("cuStreamSynchronize", gpu::kIllegalAddress);
  EXPECT_THAT(complaint(goodPlan()),
              testing::StartsWith("Unavailable: the GPU is lost: "));
  EXPECT_THAT(complaint(goodPlan()),
              testing::StartsWith("Unavailable: the GPU is lost: "));
  EXPECT_EQ(numCalls("cuGraphLaunch"), 1);
}

TEST_P(GraphTest, NoMemoryForAGraphNamesTheBucket) {
  const auto &variant = *file_->root().variants()->Get(0);
  Result<MemoryPlan> plan = planMemory(file_->root(), *variant.program(), {});
  ASSERT_TRUE(plan);
  driver_.fail("cuGraphInstantiateWithFlags", gpu::kOutOfMemory);
  auto executor = ProgramExecutor::create(*file_, variant, *device_, *plan);
  ASSERT_FALSE(executor);
  EXPECT_EQ(executor.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(executor.error().message(),
              testing::StartsWith("bucket of 1 tokens: making a graph of 7"));
}

INSTANTIATE_TEST_SUITE_P(Devices, GraphTest, testing::Values(Kind::Cuda),
                         [](const auto &) { return "Cuda"; });

} // namespace
} // namespace g4rt
