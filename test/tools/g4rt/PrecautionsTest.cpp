//===- PrecautionsTest.cpp - What threads of a server may not do ----------===//

#include "tools/g4rt/Precautions.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

/// errno of what `call` says, 0 if it succeeds.
template <typename Call>
int errorOf(Call call) {
  errno = 0;
  return call() < 0 ? errno : 0;
}

/// Runs `body` on a thread that is restricted, and on one that such a thread
/// has started.
template <typename Body>
void onRestrictedThreads(Body body) {
  std::thread([&] {
    ASSERT_TRUE(restrictThread().ok());
    body();
    std::thread(body).join();
  }).join();
}

int execTrue() {
  char name[] = "/bin/true";
  char *arguments[] = {name, nullptr}, *environment[] = {nullptr};
  return ::execve(name, arguments, environment);
}

int execAtTrue() {
  char name[] = "/bin/true";
  char *arguments[] = {name, nullptr};
  return static_cast<int>(
      ::syscall(SYS_execveat, AT_FDCWD, name, arguments, nullptr, 0));
}

class Loopback {
public:
  Loopback() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    EXPECT_EQ(::bind(listener_, at(), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, at(), &size), 0);
  }
  Loopback(const Loopback &) = delete;
  Loopback &operator=(const Loopback &) = delete;
  ~Loopback() { ::close(listener_); }

  int connect() {
    int client = ::socket(AF_INET, SOCK_STREAM, 0);
    int result = ::connect(client, at(), sizeof(address_));
    int error = errno;
    ::close(client);
    errno = error;
    return result;
  }

private:
  sockaddr *at() { return reinterpret_cast<sockaddr *>(&address_); }

  sockaddr_in address_{};
  int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

TEST(PrecautionsTest, ARestrictedThreadCannotBecomeAnotherProgram) {
  onRestrictedThreads([] {
    EXPECT_EQ(errorOf(execTrue), EPERM);
    EXPECT_EQ(errorOf(execAtTrue), EPERM);
  });
}

TEST(PrecautionsTest, ARestrictedThreadCannotConnect) {
  Loopback loopback;
  ASSERT_EQ(errorOf([&] { return loopback.connect(); }), 0);
  onRestrictedThreads(
      [&] { EXPECT_EQ(errorOf([&] { return loopback.connect(); }), EPERM); });
  EXPECT_EQ(errorOf([&] { return loopback.connect(); }), 0)
      << "other threads are not changed";
}

TEST(PrecautionsTest, ARestrictedThreadCannotLookIntoProcesses) {
  onRestrictedThreads([] {
    EXPECT_EQ(errorOf([] { return ::ptrace(PTRACE_TRACEME, 0, 0, 0); }), EPERM);
    EXPECT_EQ(errorOf([] {
                return ::syscall(SYS_process_vm_readv, ::getpid(), nullptr, 0,
                                 nullptr, 0, 0);
              }),
              EPERM);
    EXPECT_EQ(errorOf([] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }),
              EPERM);
  });
}

// An ordinary number of the x32 ABI would be past a filter that compares alone.
TEST(PrecautionsTest, NumbersOfTheOtherAbiAreRefusedAsWell) {
  constexpr long kX32Bit = 0x40000000;
  onRestrictedThreads([] {
    EXPECT_EQ(errorOf([] { return ::syscall(kX32Bit | SYS_getpid); }), EPERM);
  });
}

TEST(PrecautionsTest, ARestrictedThreadGainsNoRightsAndDoesItsWork) {
  Loopback loopback;
  onRestrictedThreads([&] {
    EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    EXPECT_EQ(::prctl(PR_GET_SECCOMP, 0, 0, 0, 0), SECCOMP_MODE_FILTER);
    int file = ::open("/proc/self/status", O_RDONLY);
    char byte = 0;
    EXPECT_EQ(::read(file, &byte, 1), 1);
    ::close(file);
  });
}

TEST(PrecautionsTest, WhoCouldReplaceTheFileIsNamed) {
  TempFolder folder;
  std::string path = folder.path("m.g4");
  std::ofstream(path) << "x";
  ::chmod(path.c_str(), 0644);
  EXPECT_TRUE(warningsAbout(path).empty());
  ::chmod(path.c_str(), 0666);
  std::vector<std::string> warnings = warningsAbout(path);
  ASSERT_EQ(warnings.size(), 1);
  EXPECT_NE(warnings[0].find("mode 0666"), std::string::npos) << warnings[0];
}

} // namespace
} // namespace g4rt
