#include "runtime/device/gpu/LaunchGraph.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedVendors.h"

namespace g4rt::gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Graphs of calls that leave a mark: their kernel's number.
class LaunchGraphTest : public ScriptedVendorTest {
protected:
  Result<std::unique_ptr<LaunchGraph>> capture(std::vector<uint32_t> kernels) {
    std::vector<KernelCall> calls(kernels.size());
    for (size_t i = 0; i < calls.size(); ++i)
      calls[i].kernel = kernels[i];
    return LaunchGraph::capture(
        driver_, nullptr, calls, [this](const KernelCall &call) {
          if (call.kernel == kNone)
            return Status(StatusCode::InvalidArgument, "no such kernel");
          script_.enqueue([&, mark = call.kernel] { marks_.push_back(mark); });
          return Status();
        });
  }

  static constexpr uint32_t kNone = 999;
  std::vector<uint32_t> marks_;
};

TEST_P(LaunchGraphTest, EachLaunchRunsAllCallsInOrder) {
  auto graph = capture({3, 1, 2});
  ASSERT_TRUE(graph) << graph.error().message();
  script_.finish(nullptr);
  EXPECT_TRUE(marks_.empty());
  ASSERT_TRUE((*graph)->launch(nullptr).ok());
  ASSERT_TRUE((*graph)->launch(nullptr).ok());
  script_.finish(nullptr);
  EXPECT_THAT(marks_, ElementsAre(3, 1, 2, 3, 1, 2));
}

TEST_P(LaunchGraphTest, IsOnTheGpuBeforeItsFirstLaunch) {
  ASSERT_TRUE(capture({1}));
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::graphUpload)), 1);
}

TEST_P(LaunchGraphTest, ACallThatFailsEndsTheCapture) {
  auto graph = capture({1, kNone, 2});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().message(), "no such kernel");
  EXPECT_FALSE(script_.isCapturing);
  EXPECT_EQ(script_.alive["graph"], 0);
  EXPECT_TRUE(capture({1}));
}

TEST_P(LaunchGraphTest, NoMemoryForAGraphIsSaidSo) {
  script_.fail(symbol(&DriverTable::graphInstantiate), kOutOfMemory);
  auto graph = capture({1, 2});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(graph.error().message(), HasSubstr("a graph of 2 launches"));
  EXPECT_EQ(script_.alive["graph"], 0);
}

TEST_P(LaunchGraphTest, IsGivenBackAlsoWhereItsUploadFails) {
  ASSERT_TRUE(capture({1}));
  EXPECT_EQ(script_.alive["graph exec"], 0);
  script_.fail(symbol(&DriverTable::graphUpload), kInvalidValue);
  EXPECT_FALSE(capture({1}));
  EXPECT_EQ(script_.alive["graph exec"], 0);
}

G4_EACH_VENDOR(LaunchGraphTest);

} // namespace
} // namespace g4rt::gpu
