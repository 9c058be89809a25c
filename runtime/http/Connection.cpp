//===- Connection.cpp - One client's connection ---------------------------===//

#include "runtime/http/Connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace g4rt {

namespace asio = boost::asio;
using boost::system::error_code;

/// How long a refused client may go on sending before it is cut off.
constexpr std::chrono::seconds kLingerTime(2);

Connection::Connection(asio::ip::tcp::socket socket, ConnectionOwner &owner)
    : socket_(std::move(socket)), owner_(owner),
      readTimer_(socket_.get_executor()), writeTimer_(socket_.get_executor()) {}

Connection::~Connection() = default;

void Connection::start() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  nextRequest();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

void Connection::nextRequest() {
  parser_.emplace(owner_.limits());
  hasSentContinue_ = false;
  bodyDeadline_.reset();
  wait(Phase::Idle, owner_.limits().keepAliveTime);
  advance();
}

void Connection::wait(Phase phase, Clock::duration duration) {
  phase_ = phase;
  phaseBegan_ = Clock::now();
  setReadDeadline(duration);
}

void Connection::read() {
  // What a client sends ahead of its answer has a limit.
  bool isFull = phase_ == Phase::Answering &&
                input_.size() >= owner_.limits().maxHeaderBytes;
  if (isReading_ || isFull || phase_ == Phase::Closed)
    return;
  isReading_ = true;
  socket_.async_read_some(
      asio::buffer(block_),
      [self = shared_from_this()](error_code error, size_t numBytes) {
        self->isReading_ = false;
        if (self->phase_ == Phase::Closed)
          return;
        if (error)
          return self->onEndOfInput();
        self->onRead(numBytes);
      });
}

void Connection::onRead(size_t numBytes) {
  if (phase_ != Phase::Lingering)
    input_.append(block_.data(), numBytes);
  advance();
}

// The client has closed its side, or all of it: nobody waits for an answer.
void Connection::onEndOfInput() { close(); }

void Connection::advance() {
  if ((phase_ == Phase::Idle || phase_ == Phase::Reading) && !input_.empty())
    advanceParser();
  read();
}

void Connection::advanceParser() {
  if (phase_ == Phase::Idle)
    wait(Phase::Reading, owner_.limits().headerTime);
  switch (parser_->feed(input_)) {
  case RequestParser::State::Header:
    return;
  case RequestParser::State::Body:
    if (parser_->expectsContinue() && !std::exchange(hasSentContinue_, true))
      write("HTTP/1.1 100 Continue\r\n\r\n");
    return setBodyDeadline();
  case RequestParser::State::Failed:
    return refuse(parser_->error());
  case RequestParser::State::Done:
    return dispatch(parser_->take());
  }
}

void Connection::dispatch(HttpRequest request) {
  phase_ = Phase::Answering;
  readTimer_.cancel();
  request.id = owner_.nextRequestId();
  hasEnded_ = false;
  exchange_ = std::make_shared<Exchange>(std::move(request), shared_from_this(),
                                         socket_.get_executor(),
                                         owner_.liveExchanges());
  owner_.handle(exchange_);
}

// Framing is lost: answers, and ends the connection.
void Connection::refuse(const ApiError &error) {
  phase_ = Phase::Answering;
  readTimer_.cancel();
  owner_.countResponse(error.status());
  write(formatResponse(errorResponse(error),
                       {.requestId = {}, .keepAlive = false}));
  endResponse(/*keepAlive=*/false);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void Connection::write(std::string data) {
  if (phase_ == Phase::Closed)
    return;
  // Later, for the caller is not done. What is dropped here is never missed:
  // no write ends in between.
  if (pending_.size() > owner_.limits().maxUnsentBytes) {
    asio::post(socket_.get_executor(),
               [self = shared_from_this()] { self->close(); });
    return;
  }
  pending_ += data;
  flush();
}

void Connection::endResponse(bool keepAlive) {
  hasEnded_ = true;
  keepAlive_ = keepAlive;
  flush();
}

void Connection::flush() {
  if (isWriting_ || phase_ == Phase::Closed)
    return;
  if (numWritten_ == writing_.size()) {
    writing_ = std::exchange(pending_, {});
    numWritten_ = 0;
    if (writing_.empty())
      return onAllWritten();
  }
  isWriting_ = true;
  waitForWriteDeadline();
  socket_.async_write_some(
      asio::buffer(writing_.data() + numWritten_,
                   writing_.size() - numWritten_),
      [self = shared_from_this()](error_code error, size_t numBytes) {
        self->isWriting_ = false;
        if (error)
          return self->close();
        self->onWritten(numBytes);
      });
}

void Connection::onWritten(size_t numBytes) {
  writeTimer_.cancel();
  numWritten_ += numBytes;
  flush();
}

void Connection::onAllWritten() {
  if (phase_ != Phase::Answering || !hasEnded_)
    return;
  exchange_.reset();
  hasEnded_ = false;
  if (!keepAlive_ || owner_.isDraining())
    return linger();
  nextRequest();
}

void Connection::waitForWriteDeadline() {
  writeTimer_.expires_after(owner_.limits().writeTime);
  writeTimer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->isWriting_ &&
        self->writeTimer_.expiry() <= Clock::now())
      self->close();
  });
}

//===----------------------------------------------------------------------===//
// Time and the end
//===----------------------------------------------------------------------===//

void Connection::setReadDeadline(Clock::duration duration) {
  readTimer_.expires_after(duration);
  readTimer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->readTimer_.expiry() <= Clock::now())
      self->onReadTimeout();
  });
}

void Connection::setBodyDeadline() {
  const HttpLimits &limits = owner_.limits();
  Clock::time_point now = Clock::now();
  if (!bodyDeadline_)
    bodyDeadline_ = now + limits.bodyTime;
  setReadDeadline(
      std::min<Clock::duration>(limits.bodyIdleTime, *bodyDeadline_ - now));
}

void Connection::onReadTimeout() {
  switch (phase_) {
  case Phase::Reading:
    return refuse({ErrorKind::Timeout, "the request did not come in time"});
  case Phase::Idle:
  case Phase::Lingering:
    return close();
  case Phase::Answering:
  case Phase::Closed:
    return;
  }
}

// To close with unread input would make the kernel drop the response.
void Connection::linger() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  input_.clear();
  wait(Phase::Lingering, kLingerTime);
  read();
}

std::optional<Connection::Clock::time_point> Connection::waitingSince() const {
  if (phase_ == Phase::Answering || phase_ == Phase::Closed)
    return {};
  return phaseBegan_;
}

void Connection::closeIfIdle() {
  if (phase_ == Phase::Idle || phase_ == Phase::Lingering)
    close();
}

void Connection::cancelAnswer() {
  if (exchange_)
    exchange_->cancel();
  else
    close();
}

void Connection::close() {
  if (std::exchange(phase_, Phase::Closed) == Phase::Closed)
    return;
  auto self = shared_from_this();
  if (auto exchange = std::exchange(exchange_, nullptr))
    exchange->leave();
  readTimer_.cancel();
  writeTimer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  owner_.forget(*this);
}

} // namespace g4rt
