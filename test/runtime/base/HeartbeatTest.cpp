#include "runtime/base/Heartbeat.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace g4rt {
namespace {

TEST(HeartbeatTest, EveryBeatOfAnyThreadIsASign) {
  auto heartbeat = Heartbeat::create();
  ASSERT_TRUE(heartbeat);
  uint64_t last = heartbeat->numSigns();
  for (int thread : {0, 1, 63, 64, 1000}) {
    heartbeat->beat(thread);
    EXPECT_NE(heartbeat->numSigns(), last) << thread;
    last = heartbeat->numSigns();
  }
}

TEST(HeartbeatTest, AnotherProcessIsSeenToBeat) {
  auto heartbeat = Heartbeat::create();
  ASSERT_TRUE(heartbeat);
  pid_t child = ::fork();
  if (child == 0) {
    auto theirs = Heartbeat::adopt(FileHandle(::dup(heartbeat->descriptor())));
    if (theirs)
      theirs->beat(3);
    ::_exit(theirs ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(heartbeat->numSigns(), 1u);
}

TEST(HeartbeatTest, AnyOtherFileIsNone) {
  EXPECT_FALSE(Heartbeat::adopt(FileHandle()));
  EXPECT_FALSE(Heartbeat::adopt(FileHandle(::dup(0))));
}

} // namespace
} // namespace g4rt
