//===- EngineWorker.h - The engine's end of the socket ----------*- C++ -*-===//
//
// In the process that has the model and the device: takes requests from a
// socket, runs a StepLoop and sends what happened back, one write a step. One
// thread; the socket is its queue.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_ENGINEWORKER_H
#define G4_RUNTIME_ENGINE_PROCESS_ENGINEWORKER_H

#include "runtime/base/Heartbeat.h"
#include "runtime/base/Status.h"
#include "runtime/engine/process/Channel.h"
#include "runtime/engine/process/Messages.h"
#include "runtime/engine/session/SessionStore.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <chrono>
#include <memory>

namespace g4rt {

class MessageLoop;

/// Not thread-safe. Borrows the socket.
class EngineWorker {
public:
  /// `heartbeat`, which may be null, beats between steps and while there is
  /// nothing to do.
  explicit EngineWorker(int socket, Heartbeat *heartbeat = nullptr)
      : sender_(socket), receiver_(socket), heartbeat_(heartbeat) {}

  /// How far the load is, 0 to 1. Each share is sent once per percent.
  void reportProgress(double share);
  /// Nothing comes of it: why.
  void reportFailure(const Status &error);

  /// Serves until the other end is gone or closes its sending side: success.
  /// What is in memory of `sessions`, which may be null, is written then.
  /// Errors: Unavailable if the device was lost, which all requests have been
  /// told; DataLoss if a message cannot be read.
  Status serve(Executor &executor, const Tokenizer &tokenizer,
               const EngineFacts &facts,
               std::unique_ptr<SessionStore> sessions = nullptr);

private:
  void beat();
  Status serveAll(MessageLoop &loop, const Executor &executor);
  Status waitForMessage(const Executor &executor, MessageLoop &loop);
  Status end(MessageLoop &loop, const Status &error);
  void send(const FromEngine &message);
  Status publish(MessageLoop &loop);
  bool isViewDue() const;
  Status sendView(MessageLoop &loop);

  FrameSender sender_;
  FrameReceiver receiver_;
  Heartbeat *heartbeat_;
  int lastPercent_ = -1;
  std::chrono::steady_clock::time_point lastView_{};
  bool isViewOld_ = true; // something happened since the last one
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_ENGINEWORKER_H
