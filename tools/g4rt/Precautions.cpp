//===- Precautions.cpp - What a server does against the worst -------------===//

#include "tools/g4rt/Precautions.h"

#include "runtime/base/Log.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace g4rt {

//===----------------------------------------------------------------------===//
// Warnings
//===----------------------------------------------------------------------===//

static std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

static std::string modeText(const struct stat &info) {
  char text[64];
  std::snprintf(text, sizeof(text), "mode %04o, owner %u",
                static_cast<unsigned>(info.st_mode & 07777),
                static_cast<unsigned>(info.st_uid));
  return text;
}

// In a folder with the sticky bit others cannot put another file in its place.
static bool canOthersWrite(const struct stat &info) {
  return (info.st_mode & S_IWOTH) && !(info.st_mode & S_ISVTX);
}

std::vector<std::string> warningsAbout(const std::string &path) {
  std::vector<std::string> warnings;
  struct stat file, folder;
  if (::stat(path.c_str(), &file) != 0)
    return warnings;
  if (canOthersWrite(file))
    warnings.push_back("everybody can write to it: " + modeText(file));
  if (file.st_uid != ::geteuid() && file.st_uid != 0)
    warnings.push_back("it is another user's: " + modeText(file));
  if (::stat(folderOf(path).c_str(), &folder) == 0 && canOthersWrite(folder))
    warnings.push_back("everybody can put another file in its place: folder " +
                       modeText(folder));
  return warnings;
}

void logWarnings(const std::string &path) {
  for (const std::string &warning : warningsAbout(path))
    logEvent(LogLevel::Warning, "serve", "model_file_not_safe",
             {{"file", path},
              {"why", warning},
              {"risk", "its code runs with this server's rights"}});
  if (::geteuid() == 0)
    logEvent(LogLevel::Warning, "serve", "runs_as_root",
             {{"advice", "start it as a user who owns nothing else"}});
}

//===----------------------------------------------------------------------===//
// System calls
//===----------------------------------------------------------------------===//

/// What no thread needs that answers requests. io_uring would do the others'
/// work without asking the filter.
constexpr int kRefused[] = {SYS_execve,
                            SYS_execveat,
                            SYS_connect,
                            SYS_ptrace,
                            SYS_process_vm_readv,
                            SYS_process_vm_writev,
                            SYS_io_uring_setup,
                            SYS_bpf,
                            SYS_perf_event_open,
                            SYS_userfaultfd,
                            SYS_keyctl,
                            SYS_add_key,
                            SYS_mount,
                            SYS_umount2,
                            SYS_pivot_root,
                            SYS_chroot,
                            SYS_unshare,
                            SYS_setns,
                            SYS_init_module,
                            SYS_finit_module,
                            SYS_delete_module,
                            SYS_kexec_load,
                            SYS_setuid,
                            SYS_setgid,
                            SYS_open_by_handle_at};

/// A program for the kernel: numbers of another machine's calls kill, those of
/// the list fail, the rest pass.
static std::vector<sock_filter> filterProgram() {
  auto load = [](size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                static_cast<uint32_t>(offset));
  };
  auto answer = [](uint32_t what) {
    return sock_filter BPF_STMT(BPF_RET | BPF_K, what);
  };
  std::vector<sock_filter> program = {
      load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      answer(SECCOMP_RET_KILL_PROCESS), load(offsetof(seccomp_data, nr)),
      // Numbers of the x32 ABI have this bit and mean the same calls.
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
      answer(SECCOMP_RET_ERRNO | EPERM)};
  for (int number : kRefused) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                               static_cast<uint32_t>(number), 0, 1));
    program.push_back(answer(SECCOMP_RET_ERRNO | EPERM));
  }
  program.push_back(answer(SECCOMP_RET_ALLOW));
  return program;
}

Status restrictThread() {
  std::vector<sock_filter> filter = filterProgram();
  sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                     .filter = filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    return Status(StatusCode::Unimplemented,
                  std::string("filter of system calls: ") +
                      std::strerror(errno));
  return Status();
}

} // namespace g4rt
