//===- Channel.h - Frames over a socket -------------------------*- C++ -*-===//
//
// One end of a pair of connected sockets: bytes go out whole and in order,
// bytes that came in are cut into frames (Messages.h).
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_CHANNEL_H
#define G4_RUNTIME_ENGINE_PROCESS_CHANNEL_H

#include "runtime/base/FileHandle.h"
#include "runtime/base/Status.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace g4rt {

/// Both ends, closed when another program is started. Errors:
/// ResourceExhausted.
Result<std::pair<FileHandle, FileHandle>> makeSocketPair();

enum class Wait { No, Yes };

/// Ends another thread's waitForSocket().
class Waker {
public:
  /// Errors: ResourceExhausted.
  static Result<Waker> create();

  /// The next wait, or the one that is, ends. Any thread; never waits.
  void wake();

private:
  friend bool waitForSocket(int, bool, Waker &,
                            std::chrono::steady_clock::time_point);
  explicit Waker(std::pair<FileHandle, FileHandle> ends)
      : ends_(std::move(ends)) {}

  std::pair<FileHandle, FileHandle> ends_; // words go into the second
};

/// Waits until there is something to read, `waker` was called or, where there
/// is something to write, there is room for it. False once `deadline` has
/// passed.
bool waitForSocket(int socket, bool hasOutput, Waker &waker,
                   std::chrono::steady_clock::time_point deadline);

/// The bytes that go out. Not thread-safe; nor need it be used by the thread
/// that reads.
class FrameSender {
public:
  explicit FrameSender(int socket) : socket_(socket) {}

  /// What is to be sent: frames are appended.
  std::string &buffer() { return buffer_; }
  bool isEmpty() const { return buffer_.size() == numSent_; }

  /// Sends what the other end takes now, or all. Errors: Unavailable if the
  /// other end is gone.
  Status flush(Wait wait);

private:
  int socket_;
  std::string buffer_;
  size_t numSent_ = 0; // of buffer_
};

/// The bytes that come in. Not thread-safe.
class FrameReceiver {
public:
  explicit FrameReceiver(int socket) : socket_(socket) {}

  /// Whether there is something to take, or the other end is gone; waits for it
  /// until `deadline`.
  bool waitUntil(std::chrono::steady_clock::time_point deadline) const;

  /// Takes what is there; with Wait::Yes, something. Errors: Unavailable if the
  /// other end is gone and all that it sent was taken.
  Status receive(Wait wait);

  /// The next whole frame after its length, until the next receive(); none if
  /// there is none yet. Errors: DataLoss if a frame is empty or longer than
  /// kMaxFrameBytes.
  Result<std::optional<std::string_view>> next();

private:
  int socket_;
  std::string buffer_;
  size_t numRead_ = 0; // of buffer_
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_CHANNEL_H
