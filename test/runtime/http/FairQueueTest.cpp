//===- FairQueueTest.cpp - Clients take turns -----------------------------===//

#include "runtime/http/FairQueue.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(FairQueueTest, ManyOfOneClientDoNotHoldUpOneOfAnother) {
  FairQueue<int> queue;
  for (int i = 0; i < 100; ++i)
    queue.push("a", i);
  queue.push("b", 1000);
  EXPECT_EQ(queue.pop(), 0);
  EXPECT_EQ(queue.pop(), 1000);
  EXPECT_EQ(queue.pop(), 1);
}

TEST(FairQueueTest, EachClientsItemsStayInOrder) {
  FairQueue<int> queue;
  for (int i = 0; i < 6; ++i)
    queue.push(i % 2 ? "odd" : "even", i);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(queue.pop(), i);
  EXPECT_TRUE(queue.empty());
  queue.push("odd", 7);
  EXPECT_EQ(queue.pop(), 7);
  EXPECT_TRUE(queue.empty());
}

} // namespace
} // namespace g4rt
