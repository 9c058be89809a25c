//===- ChannelTest.cpp - Frames over a socket -----------------------------===//

#include "runtime/engine/process/Channel.h"

#include "runtime/engine/process/Messages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace g4rt {
namespace {

class ChannelTest : public testing::Test {
protected:
  void SetUp() override {
    auto ends = makeSocketPair();
    ASSERT_TRUE(ends);
    near = std::move(ends->first);
    far = std::move(ends->second);
  }

  static std::string frame(std::string_view payload) {
    auto size = static_cast<uint32_t>(payload.size());
    std::string bytes(sizeof(size), '\0');
    std::memcpy(bytes.data(), &size, sizeof(size));
    return bytes += payload;
  }
  // Straight into the socket.
  void put(std::string bytes) {
    FrameSender sender(near.get());
    sender.buffer() = std::move(bytes);
    ASSERT_TRUE(sender.flush(Wait::Yes).ok());
  }
  std::string nextOf(FrameReceiver &receiver) {
    auto next = receiver.next();
    if (!next)
      return next.error().toString();
    return *next ? std::string(**next) : "none";
  }

  FileHandle near, far;
};

TEST_F(ChannelTest, FramesComeWholeHoweverTheyAreCut) {
  std::string bytes = frame("one") + frame("two") + frame("three");
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    FrameReceiver receiver(far.get());
    std::string all;
    for (const std::string &piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
      if (piece.empty())
        continue;
      put(piece);
      ASSERT_TRUE(receiver.receive(Wait::Yes).ok());
      for (std::string next; (next = nextOf(receiver)) != "none";)
        all += next + " ";
    }
    EXPECT_EQ(all, "one two three ") << cut;
  }
}

TEST_F(ChannelTest, NothingIsReadWhereNothingIs) {
  FrameReceiver receiver(far.get());
  EXPECT_TRUE(receiver.receive(Wait::No).ok());
  EXPECT_EQ(nextOf(receiver), "none");
}

TEST_F(ChannelTest, ALengthThatCannotBeIsRefused) {
  for (uint32_t size : {uint32_t{0}, uint32_t{kMaxFrameBytes} + 1, ~0U}) {
    FrameReceiver receiver(far.get());
    std::string head(sizeof(size), '\0');
    std::memcpy(head.data(), &size, sizeof(size));
    put(head);
    ASSERT_TRUE(receiver.receive(Wait::Yes).ok());
    EXPECT_EQ(receiver.next().error().code(), StatusCode::DataLoss) << size;
  }
}

TEST_F(ChannelTest, TheLastWordOfOneWhoIsGoneIsRead) {
  put(frame("last"));
  near = FileHandle();
  FrameReceiver receiver(far.get());
  EXPECT_TRUE(receiver.receive(Wait::Yes).ok());
  EXPECT_EQ(nextOf(receiver), "last");
}

TEST_F(ChannelTest, WhoeverIsGoneIsNoticed) {
  near = FileHandle();
  FrameReceiver receiver(far.get());
  EXPECT_EQ(receiver.receive(Wait::Yes).code(), StatusCode::Unavailable);
  FrameSender sender(far.get());
  sender.buffer() = frame("x");
  EXPECT_EQ(sender.flush(Wait::Yes).code(), StatusCode::Unavailable);
}

TEST_F(ChannelTest, AWordBeforeTheWaitEndsIt) {
  auto waker = Waker::create();
  ASSERT_TRUE(waker);
  for (int i = 0; i < 10'000; ++i) // more than anybody reads: never waits
    waker->wake();
  constexpr auto kForever = std::chrono::steady_clock::time_point::max();
  EXPECT_TRUE(waitForSocket(far.get(), false, *waker, kForever));
}

TEST_F(ChannelTest, AWaitEndsAtItsDeadlineOrWithBytes) {
  auto waker = Waker::create();
  ASSERT_TRUE(waker);
  auto now = std::chrono::steady_clock::now();
  EXPECT_FALSE(waitForSocket(far.get(), false, *waker, now));
  put(frame("x"));
  EXPECT_TRUE(
      waitForSocket(far.get(), false, *waker, now + std::chrono::hours(1)));
}

TEST_F(ChannelTest, AFullSocketHoldsUpNobodyAndLosesNothing) {
  std::string payload(3 << 20, 'x');
  payload.back() = 'y';
  FrameSender sender(near.get());
  sender.buffer() = frame(payload);
  EXPECT_TRUE(sender.flush(Wait::No).ok());
  EXPECT_FALSE(sender.isEmpty());
  FrameReceiver receiver(far.get());
  std::string got = "none";
  while (got == "none") {
    ASSERT_TRUE(receiver.receive(Wait::Yes).ok());
    got = nextOf(receiver);
    ASSERT_TRUE(sender.flush(Wait::No).ok());
  }
  EXPECT_TRUE(got == payload);
  EXPECT_TRUE(sender.isEmpty());
}

} // namespace
} // namespace g4rt
