#include "runtime/device/gpu/PinnedStaging.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedVendors.h"
#include "test/support/TempFolder.h"

namespace g4rt::gpu {
namespace {

class PinnedStagingTest : public ScriptedVendorTest {
protected:
  DriverAddress memory(size_t bytes) {
    DriverAddress at = 0;
    EXPECT_EQ(table_.memAlloc.call(&at, bytes), kSuccess);
    return at;
  }
  std::string read(DriverAddress at, size_t bytes) {
    table_.streamSynchronize.call(nullptr);
    return {reinterpret_cast<const char *>(at), bytes};
  }
  /// Bytes that differ from place to place, also a buffer further on.
  static std::string bytesOfLength(size_t length) {
    std::string bytes(length, '\0');
    for (size_t i = 0; i < length; ++i)
      bytes[i] = static_cast<char>(i * 2654435761u >> 21);
    return bytes;
  }
};

TEST_P(PinnedStagingTest, TakesWhatIsLongerThanItsBuffers) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  std::string bytes = bytesOfLength(5 * PinnedStaging::kBufferBytes / 2 + 3);
  DriverAddress at = memory(bytes.size());
  ASSERT_TRUE(staging.write(at, bytesOf(bytes)).ok());
  EXPECT_TRUE(read(at, bytes.size()) == bytes);
}

// The scripted driver copies as late as it may: a buffer that is written again
// too early would show.
TEST_P(PinnedStagingTest, DoesNotOverwriteWhatTheGpuHasNotRead) {
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

TEST_P(PinnedStagingTest, ReadsTheSourceBeforeItReturns) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  DriverAddress at = memory(4);
  std::string bytes = "abcd";
  ASSERT_TRUE(staging.write(at, bytesOf(bytes)).ok());
  bytes = "wxyz";
  EXPECT_EQ(read(at, 4), "abcd");
}

TEST_P(PinnedStagingTest, DoesNotWaitForSmallWrites) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  DriverAddress at = memory(1000);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(staging.write(at, bytesOf("some input")).ok());
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::eventSynchronize)), 0);
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::streamSynchronize)), 0);
}

TEST_P(PinnedStagingTest, WritesNothing) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  EXPECT_TRUE(staging.write(0, {}).ok());
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::memcpyToDevice)), 0);
}

TEST_P(PinnedStagingTest, GivesItsMemoryBack) {
  {
    PinnedStaging staging(driver_, nullptr);
    ASSERT_TRUE(staging.allocate().ok());
    EXPECT_EQ(script_.alive["host memory"], 2);
  }
  EXPECT_EQ(script_.alive["host memory"], 0);
  EXPECT_EQ(script_.alive["event"], 0);
}

TEST_P(PinnedStagingTest, SaysWhereItGotNoMemory) {
  PinnedStaging staging(driver_, nullptr);
  script_.fail(symbol(&DriverTable::memHostAlloc), kOutOfMemory, 1);
  Status status = staging.allocate();
  EXPECT_EQ(status.code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(status.message(),
              testing::HasSubstr("page-locked memory for uploads: " +
                                 symbol(&DriverTable::memHostAlloc) + ": " +
                                 errorName(kOutOfMemory)));
}

TEST_P(PinnedStagingTest, PassesOnWhatACopySays) {
  PinnedStaging staging(driver_, nullptr);
  ASSERT_TRUE(staging.allocate().ok());
  script_.fail(symbol(&DriverTable::memcpyToDevice), kIllegalAddress);
  EXPECT_EQ(staging.write(memory(4), bytesOf("abcd")).code(),
            StatusCode::Unavailable);
}

G4_EACH_VENDOR(PinnedStagingTest);

} // namespace
} // namespace g4rt::gpu
