//===- OutputQueueTest.cpp - What waits for a client to read it -----------===//

#include "runtime/http/OutputQueue.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

/// Writes `numBytes` of what is next, or as much as there is.
std::string write(OutputQueue &queue, size_t numBytes) {
  std::string out;
  for (const auto &buffer : queue.next())
    out.append(static_cast<const char *>(buffer.data()), buffer.size());
  out.resize(std::min(out.size(), numBytes));
  queue.written(out.size());
  return out;
}

TEST(OutputQueueTest, BytesComeOutInOrderHoweverManyAreTaken) {
  for (size_t step : {1, 7, 1000, 100'000}) {
    OutputQueue queue;
    std::string expected, got;
    for (size_t i = 0; i < 30; ++i) {
      std::string piece(i * i, static_cast<char>('a' + i % 26));
      expected += piece;
      queue.push(std::move(piece));
      if (!queue.empty())
        got += write(queue, step);
    }
    while (!queue.empty())
      got += write(queue, step);
    EXPECT_EQ(got, expected);
    EXPECT_EQ(queue.numHeldBytes(), 0u);
  }
}

TEST(OutputQueueTest, WhatIsBeingWrittenStaysWhereItIs) {
  OutputQueue queue;
  queue.push("abc");
  const void *data = queue.next()[0].data();
  for (int i = 0; i < 1000; ++i)
    queue.push("xyz");
  EXPECT_EQ(std::string_view(static_cast<const char *>(data), 3), "abc");
  queue.written(3);
  EXPECT_EQ(write(queue, 6), "xyzxyz");
}

TEST(OutputQueueTest, APieceCountsUntilItsLastByteIsWritten) {
  OutputQueue queue;
  queue.push(std::string(100'000, 'x'));
  write(queue, 99'999);
  EXPECT_GE(queue.numHeldBytes(), 100'000u);
  write(queue, 1);
  EXPECT_EQ(queue.numHeldBytes(), 0u);
}

} // namespace
} // namespace g4rt
