//===- LauncherLoop.h - The process that starts programs --------*- C++ -*-===//
//
// What runs in it, and the messages between it and the process that forked it
// (LauncherProcess.h): packets over a pair of sockets, an answer for each
// request.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_LAUNCHERLOOP_H
#define G4_RUNTIME_ENGINE_PROCESS_LAUNCHERLOOP_H

#include "runtime/base/FileHandle.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace g4rt {

/// What a launcher is asked: the bytes of a packet. Both ends are one program.
struct LauncherRequest {
  enum class Kind : uint32_t {
    Start, // a program for `text`, with the files that come along
    Reap   // how `pid` ended, if it has
  };
  Kind kind;
  pid_t pid;
  uint32_t textSize;
  std::array<char, 500> text;
};
struct LauncherReply {
  pid_t pid;      // Start: of the program
  int error;      // Start: of errno, if it could not be started
  int hasEnded;   // Reap: after that the launcher knows nothing of it any more
  int waitStatus; // Reap: as waitpid has it
};
/// Files that come along with a request, at most.
inline constexpr size_t kMaxLauncherFiles = 16;

/// The words of the program that a text asks for, the first is its name; none
/// if it may not be started.
using CommandOf = std::function<std::optional<std::vector<std::string>>(
    std::string_view text)>;

/// Answers requests until the other end is gone. It starts `program`, a path,
/// and nothing else.
void serveLauncher(int socket, const std::string &program,
                   const CommandOf &commandOf);

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_LAUNCHERLOOP_H
