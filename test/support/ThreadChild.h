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

  static Result<std::unique_ptr<EngineChild>> start(Work work) {
    G4RT_ASSIGN(auto ends, makeSocketPair());
    return std::unique_ptr<EngineChild>(
        new ThreadChild(std::move(ends), std::move(work)));
  }
  ~ThreadChild() override { end(); }

  int64_t processId() const override { return 77; }
  int socket() const override { return mine_.get(); }
  void kill() override {
    wasKilled_ = true;
    ::shutdown(mine_.get(), SHUT_RDWR);
  }
  std::string wait(std::chrono::milliseconds) override {
    end();
    return wasKilled_ ? "killed" : "ended";
  }

private:
  ThreadChild(std::pair<FileHandle, FileHandle> ends, Work work)
      : mine_(std::move(ends.first)),
        thread_([work = std::move(work), theirs = std::move(ends.second)] {
          work(theirs.get());
          ::shutdown(theirs.get(), SHUT_RDWR);
        }) {}
  void end() {
    ::shutdown(mine_.get(), SHUT_RDWR);
    if (thread_.joinable())
      thread_.join();
  }

  FileHandle mine_;
  std::atomic<bool> wasKilled_ = false;
  std::thread thread_;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_THREADCHILD_H
