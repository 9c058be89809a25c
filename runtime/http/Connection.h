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

#include "runtime/http/Exchange.h"
#include "runtime/http/RequestParser.h"
#include "runtime/http/ServerOptions.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

namespace g4rt {

/// What a connection needs from its server. Outlives all connections.
class ConnectionOwner {
public:
  virtual ~ConnectionOwner() = default;

  virtual const HttpLimits &limits() const = 0;
  /// Counts the exchanges that are alive.
  virtual LiveCount &liveExchanges() = 0;
  virtual bool isDraining() const = 0;
  virtual std::string nextRequestId() = 0;
  /// Answers the request, later.
  virtual void handle(std::shared_ptr<Exchange> exchange) = 0;
  virtual void countResponse(int status) = 0;
  virtual void forget(Connection &connection) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
  Connection(boost::asio::ip::tcp::socket socket, ConnectionOwner &owner);
  ~Connection();

  /// Begins to read.
  void start();
  /// Closes, if no answer is being made or sent.
  void closeIfIdle();
  /// Asks for the end of the answer that is being made.
  void cancelAnswer();
  /// Closes now, whatever is going on.
  void close();
  /// Since when it keeps its place with nothing owed to the client: silent,
  /// sending a request, or closing. Empty from a request's end to its answer's.
  std::optional<std::chrono::steady_clock::time_point> waitingSince() const;

  // For the exchange.

  bool mayStayOpen() const { return !owner_.isDraining(); }
  void countResponse(int status) { owner_.countResponse(status); }
  void write(std::string data);
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
  using Clock = std::chrono::steady_clock;

  void wait(Phase phase, Clock::duration duration);
  void read();
  void onRead(size_t numBytes);
  void onEndOfInput();
  void advance();
  void advanceParser();
  void dispatch(HttpRequest request);
  void refuse(const ApiError &error);
  void nextRequest();
  void linger();

  void flush();
  void onWritten(size_t numBytes);
  void onAllWritten();

  void setReadDeadline(Clock::duration duration);
  void setBodyDeadline();
  void onReadTimeout();
  void waitForWriteDeadline();

  boost::asio::ip::tcp::socket socket_;
  ConnectionOwner &owner_;
  Phase phase_ = Phase::Idle;
  Clock::time_point phaseBegan_; // Idle, Reading, Lingering

  std::array<char, 16384> block_;
  std::string input_; // arrived and not consumed
  bool isReading_ = false;
  std::optional<RequestParser> parser_;
  bool hasSentContinue_ = false;
  std::optional<Clock::time_point> bodyDeadline_;
  boost::asio::steady_timer readTimer_;

  std::shared_ptr<Exchange> exchange_; // from dispatch to the last byte
  std::string pending_;                // to be written after writing_
  std::string writing_;
  size_t numWritten_ = 0; // of writing_
  bool isWriting_ = false;
  bool hasEnded_ = false; // endResponse() was called
  bool keepAlive_ = false;
  boost::asio::steady_timer writeTimer_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_CONNECTION_H
