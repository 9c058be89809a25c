//===- LauncherProcess.cpp - Starts programs for this process -------------===//

#include "runtime/engine/process/LauncherProcess.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace g4rt {

/// An answer that takes longer never comes.
constexpr timeval kAnswerTime{.tv_sec = 60, .tv_usec = 0};

/// As the system has it: 'T' is stopped, 't' the same by a debugger; 0: not
/// known.
static char stateOf(pid_t pid) {
  FileHandle file(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(),
                         O_RDONLY | O_CLOEXEC));
  char text[512]; // the state comes after a name of 16 bytes at most
  ssize_t size = ::read(file.get(), text, sizeof(text));
  std::string_view line(text, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  size_t name = line.rfind(") ");
  if (name == line.npos || name + 2 >= line.size())
    return 0;
  return line[name + 2];
}

/// A child of a launcher.
class LaunchedProgram final : public EngineChild {
public:
  LaunchedProgram(LauncherProcess &launcher, pid_t pid, FileHandle socket,
                  Heartbeat heartbeat)
      : launcher_(launcher), pid_(pid), socket_(std::move(socket)),
        heartbeat_(std::move(heartbeat)) {}
  ~LaunchedProgram() override {
    if (hasEnded_)
      return;
    kill();
    wait(std::chrono::milliseconds(0));
  }

  int64_t processId() const override { return pid_; }
  int socket() const override { return socket_.get(); }
  const Heartbeat *heartbeat() const override { return &heartbeat_; }
  bool isStopped() const override {
    char state = stateOf(pid_);
    return state == 'T' || state == 't';
  }
  void hangUp() override { send(SIGHUP); }
  void kill() override { send(SIGKILL); }
  std::string wait(std::chrono::milliseconds grace) override;

private:
  // The launcher has not waited for it, so that it keeps its id: nobody else
  // gets the signal. Without a launcher it was killed, and its id may be
  // another's.
  void send(int signal) {
    if (!launcher_.isGone())
      ::kill(pid_, signal);
  }
  std::optional<std::string> end();

  LauncherProcess &launcher_;
  const pid_t pid_;
  FileHandle socket_;
  Heartbeat heartbeat_;
  bool hasEnded_ = false;
};

static std::string endText(int status) {
  if (WIFSIGNALED(status))
    return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
           ::strsignal(WTERMSIG(status)) + ")";
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

/// How it has ended; none if it has not.
std::optional<std::string> LaunchedProgram::end() {
  auto reply = launcher_.ask({.kind = LauncherRequest::Kind::Reap,
                              .pid = pid_,
                              .textSize = 0,
                              .text = {}},
                             {});
  if (!reply)
    return "with the process that had started it";
  if (!reply->hasEnded)
    return std::nullopt;
  return endText(reply->waitStatus);
}

std::string LaunchedProgram::wait(std::chrono::milliseconds grace) {
  auto deadline = std::chrono::steady_clock::now() + grace;
  for (;;) {
    if (auto how = end()) {
      hasEnded_ = true;
      return *how;
    }
    if (std::chrono::steady_clock::now() >= deadline)
      kill();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void dieWithParent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

/// What is done in the launcher before it listens.
static void becomeLauncher(pid_t parent, int socket) {
  dieWithParent();
  if (::getppid() != parent) // it has ended already
    ::_exit(0);
  ::prctl(PR_SET_NAME, "g4rt-launcher"); // for ps and top
  ::signal(SIGCHLD, SIG_DFL); // where it is ignored nobody learns of an end
  sigset_t blocked;
  sigemptyset(&blocked);
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&blocked, signal);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  // The files of the parent must not live on here: they would never close.
  ::dup2(socket, kChildSocket);
  ::closefrom(kChildSocket + 1);
}

Result<std::unique_ptr<LauncherProcess>>
LauncherProcess::create(std::string program, CommandOf commandOf) {
  auto error = [](const char *what) {
    return Status(StatusCode::ResourceExhausted,
                  std::string("starting a launcher: ") + what + ": " +
                      std::strerror(errno));
  };
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return error("socketpair");
  FileHandle ours(ends[0]), theirs(ends[1]);
  ::setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTime,
               sizeof(kAnswerTime));
  pid_t parent = ::getpid(), pid = ::fork();
  if (pid < 0)
    return error("fork");
  if (pid == 0) {
    becomeLauncher(parent, theirs.get());
    serveLauncher(kChildSocket, program, commandOf);
    ::_exit(0);
  }
  return std::unique_ptr<LauncherProcess>(
      new LauncherProcess(std::move(program), pid, std::move(ours)));
}

LauncherProcess::~LauncherProcess() { end(); }

/// Under the mutex, or without other threads. What it had started ends with it.
void LauncherProcess::end() {
  if (socket_.get() < 0)
    return;
  socket_ = FileHandle();
  ::kill(pid_, SIGKILL); // it may be stopped, or be waiting for a program
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool LauncherProcess::isGone() {
  std::lock_guard lock(mutex_);
  return socket_.get() < 0;
}

static bool sendRequest(int socket, const LauncherRequest &request,
                        const std::vector<int> &files) {
  iovec bytes = {const_cast<LauncherRequest *>(&request), sizeof(request)};
  alignas(
      cmsghdr) char control[CMSG_SPACE(kMaxLauncherFiles * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (!files.empty()) {
    size_t size = files.size() * sizeof(int);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(part), files.data(), size);
  }
  ssize_t sent = 0;
  do
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == sizeof(request);
}

Result<LauncherReply> LauncherProcess::exchange(const LauncherRequest &request,
                                                const std::vector<int> &files) {
  Status gone(StatusCode::Unavailable,
              "the process that starts programs is gone");
  if (!sendRequest(socket_.get(), request, files))
    return gone;
  LauncherReply reply;
  ssize_t size = 0;
  do
    size = ::recv(socket_.get(), &reply, sizeof(reply), 0);
  while (size < 0 && errno == EINTR);
  return size == sizeof(reply) ? Result<LauncherReply>(reply)
                               : Result<LauncherReply>(std::move(gone));
}

/// Errors: Unavailable; a launcher that does not answer is ended.
Result<LauncherReply> LauncherProcess::ask(const LauncherRequest &request,
                                           const std::vector<int> &files) {
  std::lock_guard lock(mutex_);
  auto reply = exchange(request, files);
  if (!reply)
    end();
  return reply;
}

Result<std::unique_ptr<EngineChild>>
LauncherProcess::start(std::string_view text, const std::vector<int> &files) {
  auto error = [&](StatusCode code, const std::string &why) {
    return Status(code, "starting " + program_ + ": " + why);
  };
  LauncherRequest request = {.kind = LauncherRequest::Kind::Start,
                             .pid = 0,
                             .textSize = static_cast<uint32_t>(text.size()),
                             .text = {}};
  if (text.size() > request.text.size() || files.size() + 2 > kMaxLauncherFiles)
    return error(StatusCode::ResourceExhausted, "too long a request");
  std::ranges::copy(text, request.text.begin());
  G4RT_ASSIGN(auto ends, makeSocketPair());
  G4RT_ASSIGN(Heartbeat heartbeat, Heartbeat::create());
  std::vector<int> all = {ends.second.get(), heartbeat.descriptor()};
  all.insert(all.end(), files.begin(), files.end());
  auto reply = ask(request, all);
  if (!reply)
    return error(reply.error().code(), reply.error().message());
  if (reply->error != 0)
    return error(StatusCode::ResourceExhausted, std::strerror(reply->error));
  return std::unique_ptr<EngineChild>(std::make_unique<LaunchedProgram>(
      *this, reply->pid, std::move(ends.first), std::move(heartbeat)));
}

} // namespace g4rt
