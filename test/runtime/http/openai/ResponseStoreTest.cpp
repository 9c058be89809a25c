//===- ResponseStoreTest.cpp - Responses that are kept --------------------===//

#include "runtime/http/openai/ResponseStore.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

StoredResponse response(size_t numBytes) {
  return {.messages = {}, .json = std::string(numBytes, 'x')};
}

TEST(ResponseStoreTest, AResponseIsFoundUntilItIsErased) {
  MemoryPool memory(1 << 20);
  ResponseStore store(memory);
  store.put("a", response(10));
  ASSERT_TRUE(store.find("a"));
  EXPECT_EQ(store.find("a")->json, "xxxxxxxxxx");
  EXPECT_EQ(store.find("b"), nullptr);
  EXPECT_TRUE(store.erase("a"));
  EXPECT_FALSE(store.erase("a"));
  EXPECT_EQ(store.find("a"), nullptr);
  EXPECT_EQ(store.numBytes(), 0u);
  EXPECT_EQ(memory.numUsed(), 0u);
}

TEST(ResponseStoreTest, TheOneUsedLastStays) {
  MemoryPool memory(16 * 10'000); // 10,000 bytes of responses
  ResponseStore store(memory);
  store.put("a", response(4000));
  store.put("b", response(4000));
  store.find("a");
  store.put("c", response(4000));
  EXPECT_TRUE(store.find("a"));
  EXPECT_FALSE(store.find("b"));
  EXPECT_TRUE(store.find("c"));
  EXPECT_LE(store.numBytes(), 10'000u);
  EXPECT_EQ(memory.numUsed(), store.numBytes());
}

TEST(ResponseStoreTest, WhatIsTooLargeIsNotKept) {
  MemoryPool memory(16 * 10'000);
  ResponseStore store(memory);
  store.put("a", response(4000));
  store.put("b", response(10'001));
  EXPECT_TRUE(store.find("a"));
  EXPECT_FALSE(store.find("b"));
}

TEST(ResponseStoreTest, ClientsThatNeedTheMemoryHaveIt) {
  MemoryPool memory(16 * 10'000);
  MemoryPool::Lease lease(memory);
  ASSERT_TRUE(lease.resize(16 * 10'000 * 7 / 8));
  ResponseStore store(memory);
  for (int i = 0; i < 9; ++i)
    store.put(std::to_string(i), response(4000));
  EXPECT_LE(memory.numUsed(), memory.capacity());
}

TEST(ResponseStoreTest, ThereIsALargestNumber) {
  MemoryPool memory(size_t{1} << 30);
  ResponseStore store(memory);
  for (size_t i = 0; i <= ResponseStore::kMaxResponses; ++i)
    store.put(std::to_string(i), {});
  EXPECT_FALSE(store.find("0"));
  EXPECT_TRUE(store.find("1"));
}

TEST(ResponseStoreTest, AMessageCountsAllOfItsTexts) {
  Message message = textMessage(Role::User, std::string(1000, 'x'));
  message.thought = std::string(500, 'y');
  message.toolCalls.push_back(
      {.id = {}, .name = "f", .arguments = Value(std::string(2000, 'z'))});
  EXPECT_GE(heldBytes(message), 3500u);
}

} // namespace
} // namespace g4rt
