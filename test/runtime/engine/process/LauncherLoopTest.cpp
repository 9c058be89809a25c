//===- LauncherLoopTest.cpp - The process that starts programs ------------===//

#include "runtime/engine/process/LauncherLoop.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <sys/socket.h>
#include <thread>

namespace g4rt {
namespace {

class LauncherLoopTest : public testing::Test {
protected:
  LauncherLoopTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ours = FileHandle(ends[0]);
    loop = std::thread([theirs = FileHandle(ends[1])] {
      serveLauncher(theirs.get(), "/bin/true",
                    [](std::string_view) { return std::nullopt; });
    });
  }
  ~LauncherLoopTest() override {
    ours = FileHandle();
    loop.join();
  }

  void send(const void *bytes, size_t size) {
    EXPECT_EQ(::send(ours.get(), bytes, size, 0), static_cast<ssize_t>(size));
  }
  /// Bytes of the answer; 0 if the loop has ended.
  ssize_t receive(LauncherReply &reply) {
    return ::recv(ours.get(), &reply, sizeof(reply), 0);
  }

  FileHandle ours;
  std::thread loop;
};

LauncherRequest requestOf(LauncherRequest::Kind kind, pid_t pid) {
  return {.kind = kind, .pid = pid, .textSize = 0, .text = {}};
}

TEST_F(LauncherLoopTest, WhoIsNoChildHasEnded) {
  for (pid_t pid : {0, -1, 1}) {
    LauncherRequest request = requestOf(LauncherRequest::Kind::Reap, pid);
    send(&request, sizeof(request));
    LauncherReply reply = {};
    ASSERT_EQ(receive(reply), sizeof(reply));
    EXPECT_TRUE(reply.hasEnded) << pid;
  }
}

TEST_F(LauncherLoopTest, WhatMayNotBeStartedIsRefused) {
  LauncherRequest request = requestOf(LauncherRequest::Kind::Start, 0);
  send(&request, sizeof(request));
  LauncherReply reply = {};
  ASSERT_EQ(receive(reply), sizeof(reply));
  EXPECT_EQ(reply.error, EPERM);
  EXPECT_EQ(reply.pid, 0);
}

TEST_F(LauncherLoopTest, APacketOfAnotherSizeEndsIt) {
  send("x", 1);
  LauncherReply reply = {};
  EXPECT_EQ(receive(reply), 0);
}

TEST_F(LauncherLoopTest, ATextLongerThanItsPacketEndsIt) {
  LauncherRequest request = requestOf(LauncherRequest::Kind::Start, 0);
  request.textSize = static_cast<uint32_t>(request.text.size() + 1);
  send(&request, sizeof(request));
  LauncherReply reply = {};
  EXPECT_EQ(receive(reply), 0);
}

} // namespace
} // namespace g4rt
