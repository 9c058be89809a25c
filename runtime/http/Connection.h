//===- Connection.h - One client's connection -------------------*- C++ -*-===//
//
// Reads requests, one at a time, hands each on as an Exchange and writes what
// comes back. While an answer is being made it goes on reading, so that it sees
// the client leave; what a client sends ahead waits. Everything here runs on
// the loop's thread.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_CONNECTION_H
#define G4_RUNTIME_HTTP_CONNECTION_H

#include "runtime/http/ClientSocket.h"
#include "runtime/http/Exchange.h"
#include "runtime/http/MemoryPool.h"
#include "runtime/http/OutputQueue.h"
#include "runtime/http/RequestParser.h"
#include "runtime/http/ServerOptions.h"

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace g4rt {

/// What a connection needs from its server. Outlives all connections.
class ConnectionOwner {
public:
  virtual ~ConnectionOwner() = default;

  virtual const HttpLimits &limits() const = 0;
  /// Counts what connections hold.
  virtual MemoryPool &memory() = 0;
  virtual RunningAnswers &running() = 0;
  /// What all connections read into, one after the other.
  virtual std::span<char> readBlock() = 0;
  /// Counts the exchanges that are alive.
  virtual LiveCount &liveExchanges() = 0;
  virtual bool isDraining() const = 0;
  virtual std::string nextRequestId() = 0;
  /// Why this client may not have this request answered, whatever it says, if
  /// it may not.
  virtual std::optional<ApiError> refusal(const HttpRequest &head) const = 0;
  /// What its key may have, and has had; null: anything.
  virtual std::shared_ptr<KeyAccount> accountOf(const HttpRequest &) const {
    return nullptr;
  }
  /// The Origin of `head` if its pages may read the answer, else nothing.
  virtual std::string allowedOrigin(const HttpRequest &) const { return {}; }
  /// Whether one more request may have a body; release() ends it.
  virtual bool admit() = 0;
  virtual void release() = 0;
  /// Resizes `lease`, which is the holder's. Others may have to give way.
  virtual bool hold(Connection &holder, MemoryPool::Lease &lease,
                    size_t numBytes) = 0;
  /// Answers the request, later.
  virtual void handle(std::shared_ptr<Exchange> exchange) = 0;
  virtual void countResponse(int status) = 0;
  virtual void forget(Connection &connection) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
  using Clock = std::chrono::steady_clock;

  Connection(ClientSocket socket, ConnectionOwner &owner);
  ~Connection();

  /// Begins to read.
  void start();
  /// Closes, if no answer is being made or sent.
  void closeIfIdle();
  /// Asks for the end of the answer that is being made.
  void cancelAnswer();
  /// Closes now, whatever is going on.
  void close();

  // What the server asks when it has too little of something.

  /// Who is at the other end, as far as shares go.
  const std::string &client() const { return client_; }
  /// Bytes of a body that comes and of output that waits.
  size_t heldBytes() const { return bodyLease_.size() + outputLease_.size(); }
  /// Whether it is the client that makes a body or an answer take long.
  bool isSlow(Clock::time_point now) const;
  /// How readily it gives up its place, the least first: a connection kept for
  /// further requests, one that ends, one that has sent no whole header for a
  /// while. Empty: not at all.
  struct Yield {
    int rank;
    Clock::time_point since;

    auto operator<=>(const Yield &) const = default;
  };
  std::optional<Yield> yield(Clock::time_point now) const;
  /// Ends, for load. A client that may still be told so is.
  void giveWay();

  // For the exchange.

  MemoryPool &memory() { return owner_.memory(); }
  RunningAnswers &running() { return owner_.running(); }
  bool mayStayOpen() const { return !owner_.isDraining(); }
  void countResponse(int status) { owner_.countResponse(status); }
  /// Whether so many bytes more may be written.
  bool holdOutput(size_t numBytes);
  void write(std::string data);
  /// Whether some of what was written is not with the system yet.
  bool hasOutput() const { return !output_.empty(); }
  /// All of the response has been given to write().
  void endResponse(bool keepAlive);

private:
  enum class Phase {
    Idle,      // between two requests
    Reading,   // a request has begun
    Answering, // from its end to the last byte of its response
    Lingering, // closing: reads on, so that the client gets the response
    Closed
  };

  void wait(Phase phase, Clock::duration duration);
  void read();
  size_t readRoom() const;
  void readSome();
  void onRead(std::string_view data);
  void onEndOfInput();
  void advance();
  void advanceParser();
  std::optional<ApiError> takeBodyRoom(const HttpRequest &head,
                                       size_t numBytes);
  void dispatch(HttpRequest request);
  void refuse(ApiError error);
  void nextRequest();
  void endRequest();
  void linger();

  void flush();
  void tellBehind(bool isBehind);
  void onWritten(size_t numBytes);
  void onAllWritten();

  void beginTransfer();
  void onTransfer(size_t numBytes);
  void setReadDeadline(Clock::duration duration);
  void setBodyDeadline();
  void onReadTimeout();
  void waitForWriteDeadline();

  ClientSocket socket_;
  ConnectionOwner &owner_;
  std::string client_;
  Phase phase_ = Phase::Idle;
  Clock::time_point phaseBegan_; // Idle, Reading, Lingering
  bool hasServed_ = false;       // a request before
  bool isAdmitted_ = false;      // from the begin of a body to its answer's end

  // A body or an answer on its way: since when, how much, when last.
  std::optional<Clock::time_point> transferBegan_;
  size_t numTransferred_ = 0;
  Clock::time_point lastTransfer_;

  std::string input_; // arrived and not consumed
  bool isReading_ = false;
  std::optional<RequestParser> parser_;
  MemoryPool::Lease bodyLease_;                // of the body that parser_ reads
  ErrorShape errorShape_ = ErrorShape::OpenAi; // of its path
  std::string allowedOrigin_;                  // and of its Origin
  bool hasSentContinue_ = false;
  std::optional<Clock::time_point> bodyDeadline_;
  boost::asio::steady_timer readTimer_;

  std::shared_ptr<Exchange> exchange_; // from dispatch to the last byte
  OutputQueue output_;
  MemoryPool::Lease outputLease_;
  bool isWriting_ = false;
  bool isBehind_ = false; // and exchange_ knows
  bool hasEnded_ = false; // endResponse() was called
  bool keepAlive_ = false;
  boost::asio::steady_timer writeTimer_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_CONNECTION_H
