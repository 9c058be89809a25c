//===- Exchange.h - One request and its answer ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_EXCHANGE_H
#define G4_RUNTIME_HTTP_EXCHANGE_H

#include "runtime/http/ApiError.h"
#include "runtime/http/HttpMessage.h"
#include "runtime/http/LiveCount.h"
#include "runtime/http/RunningAnswers.h"

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace g4rt {

class Connection;

/// What an endpoint answers through: either respond(), or startStream(), send()
/// and then finish() or abort(). All may be called from any thread; each does
/// its work on the loop's thread, in the order of the calls of one thread.
/// After the end, or when the client has gone, they do nothing.
class Exchange : public std::enable_shared_from_this<Exchange> {
public:
  Exchange(HttpRequest request, std::shared_ptr<Connection> connection,
           boost::asio::any_io_executor loop, LiveCount &count);
  ~Exchange();

  const HttpRequest &request() const { return request_; }
  /// What runs on the loop's thread.
  const boost::asio::any_io_executor &loop() const { return loop_; }

  /// Counts what is held for the answer.
  MemoryPool &memory() const { return memory_; }
  /// Where answers are known while they run.
  RunningAnswers &running() const { return running_; }
  /// Nobody waits for the answer.
  bool isGone() const { return isGone_; }
  /// Frees the request's body, for whoever has read it: the answer may take
  /// long. Not while another thread looks at it.
  void dropBody();

  /// Runs `work` on the loop's thread.
  void post(std::function<void()> work);

  void respond(HttpResponse response);
  /// In the shape that clients of the request's path read.
  void respond(const ApiError &error) {
    respond(errorResponse(error, errorShapeOf(request_.path)));
  }

  void startStream(std::string_view contentType);
  void send(std::string data);
  void finish();
  /// Closes the connection without the end of the body.
  void abort();

  /// Whether something that was sent has not been taken by the network yet. On
  /// the loop's thread.
  bool isBehind() const;

  /// Sets what is called, once and on the loop's thread, when nobody waits for
  /// the answer any more; at once if that is so already. Dropped at the end.
  void onGone(std::function<void()> cancel);

  /// Sets what is called on the loop's thread with true when the client has so
  /// much of the answer to read that no more should come, and with false when
  /// it has read all of it. Dropped at the end.
  void onBehind(std::function<void(bool isBehind)> told);

  // For the connection, on the loop's thread.

  void tellBehind(bool isBehind);

  /// The client went away.
  void leave();
  /// The server is about to end: whoever computes the answer shall stop, and
  /// say so in the answer.
  void cancel();

private:
  void end(std::string_view how);
  void logEnd(std::string_view how) const;
  template <typename Work>
  void onLoop(Work work);

  LiveCount::Token token_; // the last one to go
  HttpRequest request_;
  boost::asio::any_io_executor loop_;
  MemoryPool &memory_;
  RunningAnswers &running_;
  std::atomic<bool> isGone_ = false;
  // Of the loop's thread.
  std::shared_ptr<Connection> connection_; // null: over
  std::function<void()> onGone_;
  std::function<void(bool)> onBehind_;
  bool isToldBehind_ = false; // what it was told last, or would have been
  bool isStreaming_ = false;
  int status_ = 0; // of the response; 0: none yet
  const std::chrono::steady_clock::time_point began_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_EXCHANGE_H
