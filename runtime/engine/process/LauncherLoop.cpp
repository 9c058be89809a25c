//===- LauncherLoop.cpp - The process that starts programs ----------------===//

#include "runtime/engine/process/LauncherLoop.h"

#include "runtime/engine/process/EngineChild.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace g4rt {

namespace {

/// A request, and the files that came along.
struct Received {
  LauncherRequest request;
  std::vector<FileHandle> files;
};

/// The attributes of a start, freed at the end.
struct SpawnPlan {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnPlan() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
};

} // namespace

static void takeFiles(msghdr &message, std::vector<FileHandle> &files) {
  for (cmsghdr *part = CMSG_FIRSTHDR(&message); part;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
      continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int file;
      std::memcpy(&file, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      files.emplace_back(file);
    }
  }
}

/// None once the other end is gone, or if it is not what it should be.
static std::optional<Received> receive(int socket) {
  Received received;
  iovec bytes = {&received.request, sizeof(received.request)};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxLauncherFiles * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t size = 0;
  do
    size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size != sizeof(received.request) ||
      received.request.textSize > received.request.text.size())
    return std::nullopt;
  takeFiles(message, received.files);
  return received;
}

/// Copies of `files` at numbers that the program's own do not take; empty if
/// there are no numbers left.
static std::vector<FileHandle> moveAway(const std::vector<FileHandle> &files) {
  int firstFree = kChildSocket + static_cast<int>(files.size());
  std::vector<FileHandle> moved;
  for (const FileHandle &file : files) {
    moved.emplace_back(::fcntl(file.get(), F_DUPFD_CLOEXEC, firstFree));
    if (moved.back().get() < 0)
      return {};
  }
  return moved;
}

static void plan(SpawnPlan &plan, const std::vector<FileHandle> &files) {
  int number = kChildSocket;
  for (const FileHandle &file : files)
    ::posix_spawn_file_actions_adddup2(&plan.files, file.get(), number++);
  ::posix_spawn_file_actions_addclosefrom_np(&plan.files, number);
  sigset_t blocked;
  sigemptyset(&blocked);
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&blocked, signal);
  ::posix_spawnattr_setsigmask(&plan.attributes, &blocked);
  ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK);
}

static LauncherReply start(const std::string &program,
                           const std::optional<std::vector<std::string>> &words,
                           const std::vector<FileHandle> &files) {
  LauncherReply reply = {};
  reply.error = EPERM;
  if (!words)
    return reply;
  std::vector<FileHandle> moved = moveAway(files);
  reply.error = EMFILE;
  if (moved.size() != files.size())
    return reply;
  SpawnPlan spawn;
  plan(spawn, moved);
  std::vector<char *> argv;
  for (const std::string &word : *words)
    argv.push_back(const_cast<char *>(word.c_str()));
  argv.push_back(nullptr);
  reply.error = ::posix_spawn(&reply.pid, program.c_str(), &spawn.files,
                              &spawn.attributes, argv.data(), ::environ);
  return reply;
}

// A program that nobody has waited for keeps its id, so that who asked for it
// can kill it without a fear of killing another one.
static LauncherReply reap(pid_t pid) {
  LauncherReply reply = {};
  pid_t ended = pid > 0 ? ::waitpid(pid, &reply.waitStatus, WNOHANG) : -1;
  reply.hasEnded = ended != 0;
  return reply;
}

void serveLauncher(int socket, const std::string &program,
                   const CommandOf &commandOf) {
  while (auto received = receive(socket)) {
    const LauncherRequest &request = received->request;
    std::string_view text(request.text.data(), request.textSize);
    LauncherReply reply = request.kind == LauncherRequest::Kind::Start
                              ? start(program, commandOf(text), received->files)
                              : reap(request.pid);
    received->files.clear();
    if (::send(socket, &reply, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply))
      return;
  }
}

} // namespace g4rt
