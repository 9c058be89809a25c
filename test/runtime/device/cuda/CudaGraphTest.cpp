#include "runtime/device/cuda/CudaGraph.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"

namespace g4rt::cuda {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Graphs of calls that leave a mark: their kernel's number.
class CudaGraphTest : public testing::Test {
protected:
  Result<std::unique_ptr<CudaGraph>> capture(std::vector<uint32_t> kernels) {
    std::vector<KernelCall> calls(kernels.size());
    for (size_t i = 0; i < calls.size(); ++i)
      calls[i].kernel = kernels[i];
    return CudaGraph::capture(
        driver_, nullptr, calls, [this](const KernelCall &call) {
          if (call.kernel == kNone)
            return Status(StatusCode::InvalidArgument, "no such kernel");
          script_.enqueue([&, mark = call.kernel] { marks_.push_back(mark); });
          return Status();
        });
  }

  static constexpr uint32_t kNone = 999;
  ScriptedDriver script_;
  Driver driver_{script_.table()};
  std::vector<uint32_t> marks_;
};

TEST_F(CudaGraphTest, EachLaunchRunsAllCallsInOrder) {
  auto graph = capture({3, 1, 2});
  ASSERT_TRUE(graph) << graph.error().message();
  script_.finish(nullptr);
  EXPECT_TRUE(marks_.empty());
  ASSERT_TRUE((*graph)->launch(nullptr).ok());
  ASSERT_TRUE((*graph)->launch(nullptr).ok());
  script_.finish(nullptr);
  EXPECT_THAT(marks_, ElementsAre(3, 1, 2, 3, 1, 2));
}

TEST_F(CudaGraphTest, IsOnTheGpuBeforeItsFirstLaunch) {
  ASSERT_TRUE(capture({1}));
  EXPECT_EQ(script_.numCalls("cuGraphUpload"), 1);
}

TEST_F(CudaGraphTest, ACallThatFailsEndsTheCapture) {
  auto graph = capture({1, kNone, 2});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().message(), "no such kernel");
  EXPECT_FALSE(script_.isCapturing);
  EXPECT_EQ(script_.alive["graph"], 0);
  EXPECT_TRUE(capture({1}));
}

TEST_F(CudaGraphTest, NoMemoryForAGraphIsSaidSo) {
  script_.fail("cuGraphInstantiateWithFlags", kOutOfMemory);
  auto graph = capture({1, 2});
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(graph.error().message(), HasSubstr("a graph of 2 launches"));
  EXPECT_EQ(script_.alive["graph"], 0);
}

TEST_F(CudaGraphTest, IsGivenBackAlsoWhereItsUploadFails) {
  ASSERT_TRUE(capture({1}));
  EXPECT_EQ(script_.alive["graph exec"], 0);
  script_.fail("cuGraphUpload", kInvalidValue);
  EXPECT_FALSE(capture({1}));
  EXPECT_EQ(script_.alive["graph exec"], 0);
}

} // namespace
} // namespace g4rt::cuda
