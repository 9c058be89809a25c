//===- LauncherProcessTest.cpp - Programs that another process starts -----===//

#include "runtime/engine/process/LauncherProcess.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>

namespace g4rt {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong(60'000);

/// Runs the text of each request as a script, but none that begins with "no".
std::unique_ptr<LauncherProcess>
newLauncher(const std::string &program = "/bin/sh") {
  auto launcher = LauncherProcess::create(program, [](std::string_view text) {
    std::vector<std::string> words = {"sh", "-c", std::string(text)};
    return text.starts_with("no") ? std::nullopt : std::optional(words);
  });
  return launcher ? *std::move(launcher) : nullptr;
}

std::unique_ptr<EngineChild> shell(const std::string &script,
                                   const std::vector<int> &files = {}) {
  static LauncherProcess *launcher = newLauncher().release();
  auto child = launcher->start(script, files);
  return child ? *std::move(child) : nullptr;
}

/// From here on no call of execve of this thread succeeds.
void refusePrograms() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program = {.len = 4, .filter = filter};
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

// What it writes to its socket, to the end.
std::string said(EngineChild &child) {
  std::string all;
  char piece[256];
  for (ssize_t n; (n = ::recv(child.socket(), piece, sizeof(piece), 0)) > 0;)
    all.append(piece, static_cast<size_t>(n));
  return all;
}

TEST(LauncherProcessTest, TheSocketConnectsBoth) {
  auto child = shell("read line <&3; echo \"got $line\" >&3");
  ASSERT_TRUE(child);
  ASSERT_EQ(::send(child->socket(), "this\n", 5, 0), 5);
  EXPECT_EQ(said(*child), "got this\n");
  EXPECT_EQ(child->wait(kLong), "exit code 0");
}

TEST(LauncherProcessTest, HowItEndedIsTold) {
  EXPECT_EQ(shell("exit 5")->wait(kLong), "exit code 5");
  EXPECT_EQ(shell("kill -SEGV $$")->wait(kLong).substr(0, 19),
            "killed by signal 11");
}

TEST(LauncherProcessTest, OneWhoDoesNotEndIsKilled) {
  EXPECT_EQ(shell("exec sleep 1000")->wait(milliseconds(10)),
            "killed by signal 9 (Killed)");
  auto killed = shell("exec sleep 1000");
  killed->kill();
  EXPECT_EQ(killed->wait(kLong), "killed by signal 9 (Killed)");
}

TEST(LauncherProcessTest, NoOtherFileIsOpenInIt) {
  // Neither marked to be closed nor closed by this process.
  FileHandle open(::open("/dev/null", O_RDONLY));
  FileHandle high(::fcntl(open.get(), F_DUPFD, 100));
  ASSERT_GE(high.get(), 100);
  auto child = shell("for f in 3 4 5 6 7 8 100; do [ -e /proc/$$/fd/$f ] && "
                     "echo $f; done >&3");
  EXPECT_EQ(said(*child), "3\n4\n"); // its socket and its heartbeat
}

TEST(LauncherProcessTest, FilesArePassedWhateverTheirNumbersAre) {
  // In the first places, where the child's socket and heartbeat go.
  std::vector<FileHandle> low;
  do
    low.emplace_back(::open("/dev/null", O_RDWR | O_CLOEXEC));
  while (low.back().get() < kChildFiles);
  FileHandle zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  auto child = shell("readlink /proc/$$/fd/5 /proc/$$/fd/6 >&3; echo x >&5",
                     {low[0].get(), zero.get()});
  ASSERT_TRUE(child);
  EXPECT_EQ(said(*child), "/dev/null\n/dev/zero\n");
  EXPECT_EQ(child->wait(kLong), "exit code 0");
}

TEST(LauncherProcessTest, ItsHeartbeatIsSeen) {
  auto child = shell("printf '\\001' >&4");
  ASSERT_TRUE(child);
  EXPECT_EQ(child->wait(kLong), "exit code 0");
  EXPECT_EQ(child->heartbeat()->numSigns(), 1u);
}

TEST(LauncherProcessTest, AStopIsSeenAndItsEndToo) {
  auto child = shell("kill -STOP $$; echo on >&3; read line <&3");
  while (!child->isStopped())
    std::this_thread::yield();
  ::kill(static_cast<pid_t>(child->processId()), SIGCONT);
  char word[3];
  ASSERT_EQ(::recv(child->socket(), word, 3, MSG_WAITALL), 3);
  EXPECT_FALSE(child->isStopped());
}

// A terminal sends them to the server and to the engine.
TEST(LauncherProcessTest, SignalsToTheGroupDoNotEndIt) {
  auto child =
      shell("kill -INT $$; kill -TERM $$; kill -HUP $$; echo alive >&3");
  EXPECT_EQ(said(*child), "alive\n");
  EXPECT_EQ(child->wait(kLong), "exit code 0");
}

TEST(LauncherProcessTest, AProgramThatIsNotThereIsNamed) {
  auto child = newLauncher("/nowhere/g4rt")->start("x");
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().toString(), "ResourceExhausted: starting "
                                      "/nowhere/g4rt: No such file or "
                                      "directory");
}

TEST(LauncherProcessTest, WhatMayNotBeStartedIsNot) {
  auto launcher = newLauncher();
  auto child = launcher->start("no");
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().toString(), "ResourceExhausted: starting /bin/sh: "
                                      "Operation not permitted");
  EXPECT_FALSE(launcher->start(std::string(501, 'x')));
  auto next = launcher->start("exit 7");
  ASSERT_TRUE(next);
  EXPECT_EQ((*next)->wait(kLong), "exit code 7");
}

TEST(LauncherProcessTest, AThreadThatMayNotStartProgramsStartsThemAllTheSame) {
  auto launcher = newLauncher();
  std::thread([&] {
    refusePrograms();
    char name[] = "/bin/true";
    char *arguments[] = {name, nullptr};
    EXPECT_EQ(::execve(name, arguments, nullptr), -1);
    auto child = launcher->start("exit 7");
    ASSERT_TRUE(child);
    EXPECT_EQ((*child)->wait(kLong), "exit code 7");
  }).join();
}

TEST(LauncherProcessTest, WithoutALauncherNothingStartsAndNobodyIsLeft) {
  auto launcher = newLauncher();
  auto child = launcher->start("read line <&3"); // until it is destroyed
  ASSERT_TRUE(child);
  ::kill(static_cast<pid_t>(launcher->processId()), SIGKILL);
  auto next = launcher->start("exit 7");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().toString(), "Unavailable: starting /bin/sh: the "
                                     "process that starts programs is gone");
  EXPECT_EQ((*child)->wait(kLong), "with the process that had started it");
  // It was waited for: it is no zombie.
  EXPECT_EQ(::kill(static_cast<pid_t>(launcher->processId()), 0), -1);
}

TEST(LauncherProcessTest, WhatHasEndedIsNoZombie) {
  auto child = shell("exit 5");
  EXPECT_EQ(child->wait(kLong), "exit code 5");
  EXPECT_EQ(::kill(static_cast<pid_t>(child->processId()), 0), -1);
}

} // namespace
} // namespace g4rt
