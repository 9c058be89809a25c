//===- Channel.cpp - Frames over a socket ---------------------------------===//

#include "runtime/engine/process/Channel.h"

#include "runtime/engine/process/Messages.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace g4rt {

/// Of one system call, and of one receive().
constexpr size_t kPieceBytes = size_t{64} << 10;
constexpr size_t kMostBytes = size_t{4} << 20;

Result<std::pair<FileHandle, FileHandle>> makeSocketPair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return Status(StatusCode::ResourceExhausted,
                  std::string("socketpair: ") + std::strerror(errno));
  return std::pair(FileHandle(ends[0]), FileHandle(ends[1]));
}

Result<Waker> Waker::create() {
  G4RT_ASSIGN(auto ends, makeSocketPair());
  return Waker(std::move(ends));
}

// Where the socket is full the thread will wake anyhow.
void Waker::wake() {
  (void)::send(ends_.second.get(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

using Clock = std::chrono::steady_clock;

/// For poll: -1 is for ever.
static int millisecondsUntil(Clock::time_point deadline) {
  if (deadline == Clock::time_point::max())
    return -1;
  auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60'000));
}

bool waitForSocket(int socket, bool hasOutput, Waker &waker,
                   Clock::time_point deadline) {
  auto wanted = static_cast<short>(hasOutput ? POLLIN | POLLOUT : POLLIN);
  pollfd polled[] = {{socket, wanted, 0}, {waker.ends_.first.get(), POLLIN, 0}};
  ::poll(polled, 2, millisecondsUntil(deadline));
  char words[64];
  if (polled[1].revents)
    (void)!::recv(waker.ends_.first.get(), words, sizeof(words), MSG_DONTWAIT);
  return Clock::now() < deadline;
}

static bool isNothingNow(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

static Status otherEndGone() {
  return Status(StatusCode::Unavailable, "the other end is gone");
}

Status FrameSender::flush(Wait wait) {
  int flags = MSG_NOSIGNAL | (wait == Wait::No ? MSG_DONTWAIT : 0);
  while (!isEmpty()) {
    ssize_t sent = ::send(socket_, buffer_.data() + numSent_,
                          buffer_.size() - numSent_, flags);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent < 0 && isNothingNow(errno))
      return Status();
    if (sent < 0)
      return otherEndGone();
    numSent_ += static_cast<size_t>(sent);
  }
  buffer_.clear();
  numSent_ = 0;
  return Status();
}

bool FrameReceiver::waitUntil(Clock::time_point deadline) const {
  pollfd polled = {socket_, POLLIN, 0};
  return ::poll(&polled, 1, millisecondsUntil(deadline)) > 0;
}

Status FrameReceiver::receive(Wait wait) {
  buffer_.erase(0, numRead_);
  numRead_ = 0;
  size_t numBefore = buffer_.size();
  while (buffer_.size() - numBefore < kMostBytes) {
    bool isFirst = buffer_.size() == numBefore;
    char piece[kPieceBytes];
    ssize_t size = ::recv(socket_, piece, sizeof(piece),
                          isFirst && wait == Wait::Yes ? 0 : MSG_DONTWAIT);
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0 && isNothingNow(errno))
      return Status();
    if (size <= 0) // what came before is still to be read
      return isFirst ? otherEndGone() : Status();
    buffer_.append(piece, static_cast<size_t>(size));
    if (static_cast<size_t>(size) < sizeof(piece))
      return Status();
  }
  return Status();
}

Result<std::optional<std::string_view>> FrameReceiver::next() {
  std::string_view rest = std::string_view(buffer_).substr(numRead_);
  uint32_t size = 0;
  if (rest.size() < sizeof(size))
    return std::optional<std::string_view>();
  std::memcpy(&size, rest.data(), sizeof(size));
  if (size == 0 || size > kMaxFrameBytes)
    return Status(StatusCode::DataLoss, "a message of " + std::to_string(size) +
                                            " bytes, needs 1 to " +
                                            std::to_string(kMaxFrameBytes));
  if (rest.size() - sizeof(size) < size)
    return std::optional<std::string_view>();
  numRead_ += sizeof(size) + size;
  return std::optional(rest.substr(sizeof(size), size));
}

} // namespace g4rt
