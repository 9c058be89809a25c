#include "runtime/device/cuda/PinnedStaging.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"

namespace g4rt::cuda {
namespace {

class PinnedStagingTest : public testing::Test {
protected:
  DriverAddress memory(size_t bytes) {
    DriverAddress at = 0;
    EXPECT_EQ(table_.memAlloc(&at, bytes), kSuccess);
    return at;
  }
  std::string read(DriverAddress at, size_t bytes) {
    table_.streamSynchronize(nullptr);
    return {reinterpret_cast<const char *>(at), bytes};
  }
  /// Bytes that differ from place to place, also a buffer further on.
  static std::string bytesOfLength(size_t length) {
    std::string bytes(length, '\0');
    for (size_t i = 0; i < length; ++i)
      bytes[i] = static_cast<char>(i * 2654435761u >> 21);
    return bytes;
  }

  ScriptedDriver script_;
  DriverTable table_ = script_.table();
  Driver driver_{table_};
};

TEST_F(PinnedStagingTest, TakesWhatIsLongerThanItsBuffers) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  std::string bytes = bytesOfLength(5 * PinnedStaging::kBufferBytes / 2 + 3);
  DriverAddress at = memory(bytes.size());
  ASSERT_TRUE(staging.write(at, bytesOf(bytes)).ok());
  EXPECT_TRUE(read(at, bytes.size()) == bytes);
}

// The scripted driver copies as late as it may: a buffer that is written again
// too early would show.
TEST_F(PinnedStagingTest, DoesNotOverwriteWhatTheGpuHasNotRead) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  constexpr size_t kBytes = 700'001, kWrites = 100;
  std::vector<DriverAddress> places;
  for (size_t i = 0; i < kWrites; ++i) {
    places.push_back(memory(kBytes));
    std::string bytes(kBytes, static_cast<char>(i + 1));
    ASSERT_TRUE(staging.write(places.back(), bytesOf(bytes)).ok());
  }
  for (size_t i = 0; i < kWrites; ++i)
    ASSERT_TRUE(read(places[i], kBytes) ==
                std::string(kBytes, static_cast<char>(i + 1)))
        << i;
}

TEST_F(PinnedStagingTest, ReadsTheSourceBeforeItReturns) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  DriverAddress at = memory(4);
  std::string bytes = "abcd";
  ASSERT_TRUE(staging.write(at, bytesOf(bytes)).ok());
  bytes = "wxyz";
  EXPECT_EQ(read(at, 4), "abcd");
}

TEST_F(PinnedStagingTest, DoesNotWaitForSmallWrites) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  DriverAddress at = memory(1000);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(staging.write(at, bytesOf("some input")).ok());
  EXPECT_EQ(script_.numCalls("cuEventSynchronize"), 0);
  EXPECT_EQ(script_.numCalls("cuStreamSynchronize"), 0);
}

TEST_F(PinnedStagingTest, WritesNothing) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  EXPECT_TRUE(staging.write(0, {}).ok());
  EXPECT_EQ(script_.numCalls("cuMemcpyHtoDAsync_v2"), 0);
}

TEST_F(PinnedStagingTest, GivesItsMemoryBack) {
  {
    PinnedStaging staging(driver_, nullptr);
    ASSERT_TRUE(staging.allocate().ok());
    EXPECT_EQ(script_.alive["host memory"], 2);
  }
  EXPECT_EQ(script_.alive["host memory"], 0);
  EXPECT_EQ(script_.alive["event"], 0);
}

TEST_F(PinnedStagingTest, SaysWhereItGotNoMemory) {
  PinnedStaging staging(driver_, nullptr);
  script_.fail("cuMemHostAlloc", kOutOfMemory, 1);
  Status status = staging.allocate();
  EXPECT_EQ(status.code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(status.message(),
              testing::HasSubstr("page-locked memory for uploads: "
                                 "cuMemHostAlloc: CUDA_ERROR_OUT_OF_MEMORY"));
}

TEST_F(PinnedStagingTest, PassesOnWhatACopySays) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  script_.fail("cuMemcpyHtoDAsync_v2", kIllegalAddress);
  EXPECT_EQ(staging.write(memory(4), bytesOf("abcd")).code(),
            StatusCode::Unavailable);
}

} // namespace
} // namespace g4rt::cuda
