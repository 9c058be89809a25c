//===- EngineChildTest.cpp - A process that an engine runs in -------------===//

#include "runtime/engine/process/EngineChild.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <thread>

namespace g4rt {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong(60'000);

std::unique_ptr<EngineChild> shell(const std::string &script) {
  auto child = startProgram("/bin/sh", {"sh", "-c", script});
  return child ? *std::move(child) : nullptr;
}

// What it writes to its socket, to the end.
std::string said(EngineChild &child) {
  std::string all;
  char piece[256];
  for (ssize_t n; (n = ::recv(child.socket(), piece, sizeof(piece), 0)) > 0;)
    all.append(piece, static_cast<size_t>(n));
  return all;
}

TEST(EngineChildTest, TheSocketConnectsBoth) {
  auto child = shell("read line <&3; echo \"got $line\" >&3");
  ASSERT_TRUE(child);
  ASSERT_EQ(::send(child->socket(), "this\n", 5, 0), 5);
  EXPECT_EQ(said(*child), "got this\n");
  EXPECT_EQ(child->wait(kLong), "exit code 0");
}

TEST(EngineChildTest, HowItEndedIsTold) {
  EXPECT_EQ(shell("exit 5")->wait(kLong), "exit code 5");
  EXPECT_EQ(shell("kill -SEGV $$")->wait(kLong).substr(0, 19),
            "killed by signal 11");
}

TEST(EngineChildTest, OneWhoDoesNotEndIsKilled) {
  EXPECT_EQ(shell("exec sleep 1000")->wait(milliseconds(10)),
            "killed by signal 9 (Killed)");
  auto killed = shell("exec sleep 1000");
  killed->kill();
  EXPECT_EQ(killed->wait(kLong), "killed by signal 9 (Killed)");
}

TEST(EngineChildTest, NoOtherFileIsOpenInIt) {
  // Neither marked to be closed nor closed by this process.
  FileHandle open(::open("/dev/null", O_RDONLY));
  FileHandle high(::fcntl(open.get(), F_DUPFD, 100));
  ASSERT_GE(high.get(), 100);
  auto child = shell("for f in 3 4 5 6 7 8 100; do [ -e /proc/$$/fd/$f ] && "
                     "echo $f; done >&3");
  EXPECT_EQ(said(*child), "3\n4\n"); // its socket and its heartbeat
}

TEST(EngineChildTest, FilesArePassedWhateverTheirNumbersAre) {
  // In the first places, where the child's socket and heartbeat go.
  std::vector<FileHandle> low;
  do
    low.emplace_back(::open("/dev/null", O_RDWR | O_CLOEXEC));
  while (low.back().get() < kChildFiles);
  FileHandle zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  auto child = startProgram(
      "/bin/sh",
      {"sh", "-c", "readlink /proc/$$/fd/5 /proc/$$/fd/6 >&3; echo x >&5"},
      {low[0].get(), zero.get()});
  ASSERT_TRUE(child);
  EXPECT_EQ(said(**child), "/dev/null\n/dev/zero\n");
  EXPECT_EQ((*child)->wait(kLong), "exit code 0");
}

TEST(EngineChildTest, ItsHeartbeatIsSeen) {
  auto child = shell("printf '\\001' >&4");
  ASSERT_TRUE(child);
  EXPECT_EQ(child->wait(kLong), "exit code 0");
  EXPECT_EQ(child->heartbeat()->numSigns(), 1u);
}

TEST(EngineChildTest, AStopIsSeenAndItsEndToo) {
  auto child = shell("kill -STOP $$; echo on >&3; read line <&3");
  while (!child->isStopped())
    std::this_thread::yield();
  ::kill(static_cast<pid_t>(child->processId()), SIGCONT);
  char word[3];
  ASSERT_EQ(::recv(child->socket(), word, 3, MSG_WAITALL), 3);
  EXPECT_FALSE(child->isStopped());
}

// A terminal sends them to the server and to the engine.
TEST(EngineChildTest, SignalsToTheGroupDoNotEndIt) {
  auto child =
      shell("kill -INT $$; kill -TERM $$; kill -HUP $$; echo alive >&3");
  EXPECT_EQ(said(*child), "alive\n");
  EXPECT_EQ(child->wait(kLong), "exit code 0");
}

TEST(EngineChildTest, AProgramThatIsNotThereIsNamed) {
  auto child = startProgram("/nowhere/g4rt", {"g4rt"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().toString(), "ResourceExhausted: starting "
                                      "/nowhere/g4rt: No such file or "
                                      "directory");
}

} // namespace
} // namespace g4rt
