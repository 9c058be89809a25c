//===- WorkLanesTest.cpp - Threads for work of every size -----------------===//

#include "runtime/http/WorkLanes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace g4rt {
namespace {

TEST(WorkLanesTest, ShortWorkDoesNotWaitForLongWork) {
  WorkLanes lanes(serverLanes({}));
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  for (size_t size : {size_t{8} << 20, size_t{1} << 20, size_t{60} << 10})
    for (int i = 0; i < 10; ++i)
      lanes.post(size, "a", [open] { open.wait(); });
  std::promise<void> done;
  lanes.post(1, "a", [&] { done.set_value(); });
  done.get_future().wait();
  gate.set_value();
  lanes.join();
}

TEST(WorkLanesTest, AllWorkIsDoneBeforeTheEnd) {
  std::atomic<int> numDone = 0;
  {
    WorkLanes lanes(serverLanes({}));
    for (size_t i = 0; i < 1000; ++i)
      lanes.post(i * 9000, std::to_string(i % 7), [&] { ++numDone; });
  }
  EXPECT_EQ(numDone, 1000);
}

TEST(WorkLanesTest, TheLastLaneTakesTheLargestBody) {
  for (size_t most : {size_t{100}, size_t{64} << 10, size_t{8} << 20}) {
    auto lanes = serverLanes({.limits = {.maxBodyBytes = most}});
    EXPECT_EQ(lanes.back().maxBytes, most);
    for (size_t i = 1; i < lanes.size(); ++i)
      EXPECT_LT(lanes[i - 1].maxBytes, lanes[i].maxBytes);
  }
}

} // namespace
} // namespace g4rt
