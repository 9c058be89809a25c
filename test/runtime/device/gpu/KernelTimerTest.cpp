#include "runtime/device/gpu/KernelTimer.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedVendors.h"

namespace g4rt::gpu {
namespace {

using testing::HasSubstr;

class KernelTimerTest : public ScriptedVendorTest {
protected:
  KernelTimerTest() { EXPECT_TRUE(timer_->open().ok()); }
  Result<double> time() {
    return timer_->time([&] {
      // A launch finds the clear and the first event before it.
      EXPECT_EQ(script_.stream.size(), 2u);
      EXPECT_FALSE(script_.stream.front().event);
      EXPECT_TRUE(script_.stream.back().event);
      script_.enqueue([&] { ++numRuns_; });
      return launched_;
    });
  }

  std::unique_ptr<KernelTimer> timer_ =
      std::make_unique<KernelTimer>(driver_, nullptr);
  Status launched_;
  int numRuns_ = 0;
};

// Else an idle GPU would wait for the host between the events.
TEST_P(KernelTimerTest, TimesALaunchBehindOtherWork) {
  for (int run = 1; run <= 2; ++run) {
    auto seconds = time();
    ASSERT_TRUE(seconds) << seconds.error().message();
    EXPECT_DOUBLE_EQ(*seconds, 0.0025); // what the scripted driver says
    EXPECT_EQ(numRuns_, run);           // it has waited
  }
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::memAlloc)), 1);
}

TEST_P(KernelTimerTest, ALaunchThatFailsIsTheError) {
  launched_ = Status(StatusCode::InvalidArgument, "no such kernel");
  auto seconds = time();
  ASSERT_FALSE(seconds);
  EXPECT_EQ(seconds.error().message(), "no such kernel");
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::eventRecord)), 1);
}

TEST_P(KernelTimerTest, NoMemoryForTheWorkBeforeItIsSaidSo) {
  script_.fail(symbol(&DriverTable::memAlloc), kOutOfMemory);
  auto seconds = time();
  ASSERT_FALSE(seconds);
  EXPECT_EQ(seconds.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(seconds.error().message(), HasSubstr("timing a kernel"));
  EXPECT_TRUE(time());
}

TEST_P(KernelTimerTest, GivesEverythingBack) {
  ASSERT_TRUE(time());
  timer_.reset();
  EXPECT_EQ(script_.alive["event"], 0);
  EXPECT_EQ(script_.alive["memory"], 0);
}

G4_EACH_VENDOR(KernelTimerTest);

} // namespace
} // namespace g4rt::gpu
