//===- ThreadChild.h - An engine's child that is a thread -------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_THREADCHILD_H
#define G4_TEST_SUPPORT_THREADCHILD_H

#include "runtime/engine/process/EngineChild.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace g4rt {

/// Runs `work` with the child's end of the socket, which is closed when it
/// returns. To kill it cuts the connection: the work must end by that.
class ThreadChild : public EngineChild {
public:
  using Work = std::function<void(int socket)>;

  /// The server's end of the socket, which who kills the child shares: the
  /// server may be done with the child meanwhile.
  struct Line {
    explicit Line(FileHandle socket) : socket(std::move(socket)) {}
    void cut() {
      wasKilled = true;
      ::shutdown(socket.get(), SHUT_RDWR);
    }

    FileHandle socket;
    std::atomic<bool> wasKilled = false;
  };

  static Result<std::unique_ptr<ThreadChild>> start(Work work) {
    G4RT_ASSIGN(auto ends, makeSocketPair());
    return std::unique_ptr<ThreadChild>(
        new ThreadChild(std::move(ends), std::move(work)));
  }
  ~ThreadChild() override { end(); }

  int64_t processId() const override { return 77; }
  int socket() const override { return line_->socket.get(); }
  std::shared_ptr<Line> line() const { return line_; }
  bool isStopped() const override { return onLook && onLook(); }
  void kill() override { line_->cut(); }
  std::string wait(std::chrono::milliseconds) override {
    end();
    return line_->wasKilled ? "killed" : "ended";
  }

  /// Whether it is stopped now; empty: never.
  std::function<bool()> onLook;

private:
  ThreadChild(std::pair<FileHandle, FileHandle> ends, Work work)
      : line_(std::make_shared<Line>(std::move(ends.first))),
        thread_([work = std::move(work), theirs = std::move(ends.second)] {
          work(theirs.get());
          ::shutdown(theirs.get(), SHUT_RDWR);
        }) {}
  void end() {
    ::shutdown(line_->socket.get(), SHUT_RDWR);
    if (thread_.joinable())
      thread_.join();
  }

  std::shared_ptr<Line> line_;
  std::thread thread_;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_THREADCHILD_H
