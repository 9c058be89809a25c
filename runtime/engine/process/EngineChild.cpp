//===- EngineChild.cpp - A process that an engine runs in -----------------===//

#include "runtime/engine/process/EngineChild.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace g4rt {

namespace {

/// As the system has it: 'T' is stopped, also by a debugger; 0: not known.
char stateOf(pid_t pid) {
  FileHandle file(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(),
                         O_RDONLY | O_CLOEXEC));
  char text[512]; // the state comes after a name of 16 bytes at most
  ssize_t size = ::read(file.get(), text, sizeof(text));
  std::string_view line(text, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  size_t name = line.rfind(") ");
  if (name == line.npos || name + 2 >= line.size())
    return 0;
  return line[name + 2] == 't' ? 'T' : line[name + 2];
}

/// A child of this process.
class ChildProgram final : public EngineChild {
public:
  ChildProgram(pid_t pid, FileHandle socket, Heartbeat heartbeat)
      : pid_(pid), socket_(std::move(socket)),
        heartbeat_(std::move(heartbeat)) {}
  ~ChildProgram() override {
    if (hasEnded_)
      return;
    kill();
    wait(std::chrono::milliseconds(0));
  }

  int64_t processId() const override { return pid_; }
  int socket() const override { return socket_.get(); }
  const Heartbeat *heartbeat() const override { return &heartbeat_; }
  bool isStopped() const override { return stateOf(pid_) == 'T'; }
  // A child that nobody has waited for keeps its id: nobody else is killed.
  void kill() override { ::kill(pid_, SIGKILL); }
  std::string wait(std::chrono::milliseconds grace) override;

private:
  bool hasEndedBy(std::chrono::steady_clock::time_point deadline, int &status);

  pid_t pid_;
  FileHandle socket_;
  Heartbeat heartbeat_;
  bool hasEnded_ = false;
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

bool ChildProgram::hasEndedBy(std::chrono::steady_clock::time_point deadline,
                              int &status) {
  for (;;) {
    pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    // Where SIGCHLD is ignored nobody learns how it ended, only that it did.
    if (ended == pid_ || (ended < 0 && errno == ECHILD))
      return true;
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string ChildProgram::wait(std::chrono::milliseconds grace) {
  int status = 0;
  if (!hasEndedBy(std::chrono::steady_clock::now() + grace, status)) {
    kill();
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  hasEnded_ = true;
  if (WIFSIGNALED(status))
    return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
           ::strsignal(WTERMSIG(status)) + ")";
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

/// Copies of `files` at numbers that the child's own do not take.
static Result<std::vector<FileHandle>> moveAway(const std::vector<int> &files) {
  int firstFree = kChildSocket + static_cast<int>(files.size());
  std::vector<FileHandle> moved;
  for (int file : files) {
    moved.emplace_back(::fcntl(file, F_DUPFD_CLOEXEC, firstFree));
    if (moved.back().get() < 0)
      return Status(StatusCode::ResourceExhausted,
                    std::string("dup: ") + std::strerror(errno));
  }
  return moved;
}

// Clients' sockets must not live on in the child: they would never close.
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

Result<std::unique_ptr<EngineChild>>
startProgram(const std::string &program,
             const std::vector<std::string> &arguments,
             const std::vector<int> &files) {
  G4RT_ASSIGN(auto ends, makeSocketPair());
  G4RT_ASSIGN(Heartbeat heartbeat, Heartbeat::create());
  std::vector<int> all = {ends.second.get(), heartbeat.descriptor()};
  all.insert(all.end(), files.begin(), files.end());
  G4RT_ASSIGN(std::vector<FileHandle> moved, moveAway(all));
  SpawnPlan spawn;
  plan(spawn, moved);
  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (int error = ::posix_spawn(&pid, program.c_str(), &spawn.files,
                                &spawn.attributes, argv.data(), ::environ))
    return Status(StatusCode::ResourceExhausted,
                  "starting " + program + ": " + std::strerror(error));
  return std::unique_ptr<EngineChild>(std::make_unique<ChildProgram>(
      pid, std::move(ends.first), std::move(heartbeat)));
}

void dieWithParent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

} // namespace g4rt
