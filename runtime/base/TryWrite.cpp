//===- TryWrite.cpp - Writing that waits for nobody -----------------------===//

#include "runtime/base/TryWrite.h"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace g4rt {

/// write(), but a socket's other end does not block it either. A pipe that can
/// be written to takes PIPE_BUF bytes; of more it may wait for the rest.
static ssize_t writeNow(int file, std::string_view text) {
  text = text.substr(0, PIPE_BUF);
  ssize_t size =
      ::send(file, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return size < 0 && errno == ENOTSOCK ? ::write(file, text.data(), text.size())
                                       : size;
}

bool tryWrite(int file, std::string_view text) {
  while (!text.empty()) {
    pollfd polled = {file, POLLOUT, 0};
    if (::poll(&polled, 1, 0) != 1 || !(polled.revents & POLLOUT))
      return false;
    ssize_t size = writeNow(file, text);
    if (size < 0 && errno == EINTR)
      continue;
    if (size <= 0)
      return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

int openForTrying(int file) {
  struct stat info;
  if (::fstat(file, &info) != 0 ||
      !(S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode)))
    return file;
  std::string name = "/proc/self/fd/" + std::to_string(file);
  int own = ::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return own >= 0 ? own : file;
}

} // namespace g4rt
