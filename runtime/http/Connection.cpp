//===- Connection.cpp - One client's connection ---------------------------===//

#include "runtime/http/Connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace g4rt {

namespace asio = boost::asio;
using boost::system::error_code;

/// How long a refused client may go on sending before it is cut off.
constexpr std::chrono::seconds kLingerTime(2);
/// How long a client may do nothing before that counts against it.
constexpr std::chrono::seconds kPatience(1);
/// A client that moves fewer bytes a second is slow.
constexpr double kSlowRate = 16384;

Connection::Connection(ClientSocket socket, ConnectionOwner &owner)
    : socket_(std::move(socket)), owner_(owner), client_(socket_.peer()),
      bodyLease_(owner.memory()), readTimer_(socket_.get_executor()),
      outputLease_(owner.memory()), writeTimer_(socket_.get_executor()) {}

Connection::~Connection() = default;

void Connection::start() { nextRequest(); }

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

void Connection::nextRequest() {
  parser_.emplace(owner_.limits(),
                  [this](const HttpRequest &head, size_t numBytes) {
                    return takeBodyRoom(head, numBytes);
                  });
  hasSentContinue_ = false;
  bodyDeadline_.reset();
  // A handshake is no more than the begin of a request.
  const HttpLimits &limits = owner_.limits();
  wait(Phase::Idle,
       socket_.isOpening() ? limits.headerTime : limits.keepAliveTime);
  advance();
}

void Connection::wait(Phase phase, Clock::duration duration) {
  phase_ = phase;
  phaseBegan_ = Clock::now();
  setReadDeadline(duration);
}

// Waits first and reads then, into memory that all connections share: one that
// says nothing holds none.
void Connection::read() {
  if (isReading_ || phase_ == Phase::Closed || readRoom() == 0)
    return;
  isReading_ = true;
  socket_.waitToRead([self = shared_from_this()](error_code error) {
    self->isReading_ = false;
    if (self->phase_ == Phase::Closed)
      return;
    if (error)
      return self->onEndOfInput();
    self->readSome();
  });
}

// What a client sends ahead of its answer has a limit.
size_t Connection::readRoom() const {
  size_t most = owner_.readBlock().size();
  if (phase_ != Phase::Answering)
    return most;
  size_t ahead = owner_.limits().maxHeaderBytes;
  return std::min(most, ahead - std::min(ahead, input_.size()));
}

void Connection::readSome() {
  std::span<char> block = owner_.readBlock().first(readRoom());
  if (block.empty())
    return;
  error_code error;
  size_t numBytes = socket_.readSome(block, error);
  if (error == asio::error::would_block)
    return read();
  if (error)
    return onEndOfInput();
  onRead({block.data(), numBytes});
}

void Connection::onRead(std::string_view data) {
  if (phase_ != Phase::Lingering)
    input_ += data;
  onTransfer(data.size());
  advance();
}

// The client has closed its side, or all of it: nobody waits for an answer.
void Connection::onEndOfInput() { close(); }

void Connection::advance() {
  if ((phase_ == Phase::Idle || phase_ == Phase::Reading) && !input_.empty())
    advanceParser();
  if (input_.empty())
    input_ = {};
  read();
}

void Connection::advanceParser() {
  if (phase_ == Phase::Idle)
    wait(Phase::Reading, owner_.limits().headerTime);
  RequestParser::State state = parser_->feed(input_);
  // Even if the body has come already: a client's bytes get the same answer
  // however they are cut.
  if (parser_->expectsContinue() && !std::exchange(hasSentContinue_, true))
    write("HTTP/1.1 100 Continue\r\n\r\n");
  switch (state) {
  case RequestParser::State::Header:
    return;
  case RequestParser::State::Body:
    return setBodyDeadline();
  case RequestParser::State::Failed:
    return refuse(parser_->error());
  case RequestParser::State::Done:
    return dispatch(parser_->take());
  }
}

// A stranger's body takes none. Who has been admitted is known: what is checked
// does not change while a body grows, but for keys, which are looked at again
// when the request is handled.
std::optional<ApiError> Connection::takeBodyRoom(const HttpRequest &head,
                                                 size_t numBytes) {
  if (!isAdmitted_) {
    errorShape_ = errorShapeOf(head.path);
    allowedOrigin_ = owner_.allowedOrigin(head);
    if (auto refusal = owner_.refusal(head))
      return refusal;
    if (!owner_.admit())
      return overloadedError();
    isAdmitted_ = true;
    beginTransfer();
  }
  if (owner_.hold(*this, bodyLease_, numBytes))
    return {};
  return overloadedError();
}

void Connection::dispatch(HttpRequest request) {
  phase_ = Phase::Answering;
  readTimer_.cancel();
  transferBegan_.reset();
  request.id = owner_.nextRequestId();
  request.client = client_;
  request.account = owner_.accountOf(request);
  request.bodyLease =
      std::exchange(bodyLease_, MemoryPool::Lease(owner_.memory()));
  hasEnded_ = false;
  request.allowedOrigin = owner_.allowedOrigin(request);
  errorShape_ = ErrorShape::OpenAi;
  allowedOrigin_.clear();
  exchange_ = std::make_shared<Exchange>(std::move(request), shared_from_this(),
                                         socket_.get_executor(),
                                         owner_.liveExchanges());
  owner_.handle(exchange_);
}

// Framing is lost, or there is no room: answers, and ends the connection.
void Connection::refuse(ApiError error) {
  phase_ = Phase::Answering;
  readTimer_.cancel();
  transferBegan_.reset();
  parser_.reset();
  bodyLease_.resize(0);
  owner_.countResponse(error.status());
  write(formatResponse(
      errorResponse(error, errorShape_),
      {.requestId = {}, .keepAlive = false, .allowedOrigin = allowedOrigin_}));
  endResponse(/*keepAlive=*/false);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

bool Connection::holdOutput(size_t numBytes) {
  return owner_.hold(*this, outputLease_, output_.numHeldBytes() + numBytes);
}

void Connection::write(std::string data) {
  if (phase_ == Phase::Closed)
    return;
  // Later, for the caller is not done. What is dropped here is never missed:
  // no write ends in between.
  if (output_.numHeldBytes() > owner_.limits().maxUnsentBytes ||
      !holdOutput(data.capacity())) {
    asio::post(socket_.get_executor(),
               [self = shared_from_this()] { self->close(); });
    return;
  }
  if (output_.empty())
    beginTransfer();
  output_.push(std::move(data));
  if (output_.numHeldBytes() > owner_.limits().pauseBytes)
    tellBehind(true);
  flush();
}

void Connection::tellBehind(bool isBehind) {
  if (std::exchange(isBehind_, isBehind) != isBehind && exchange_)
    exchange_->tellBehind(isBehind);
}

void Connection::endResponse(bool keepAlive) {
  hasEnded_ = true;
  keepAlive_ = keepAlive;
  flush();
}

void Connection::flush() {
  if (isWriting_ || phase_ == Phase::Closed)
    return;
  if (output_.empty())
    return onAllWritten();
  isWriting_ = true;
  waitForWriteDeadline();
  socket_.writeSome(output_.next(), [self = shared_from_this()](
                                        error_code error, size_t numBytes) {
    self->isWriting_ = false;
    if (error)
      return self->close();
    self->onWritten(numBytes);
  });
}

void Connection::onWritten(size_t numBytes) {
  writeTimer_.cancel();
  onTransfer(numBytes);
  output_.written(numBytes);
  outputLease_.resize(output_.numHeldBytes());
  flush();
}

void Connection::onAllWritten() {
  tellBehind(false);
  if (phase_ != Phase::Reading)
    transferBegan_.reset();
  if (phase_ != Phase::Answering || !hasEnded_)
    return;
  endRequest();
  if (!keepAlive_ || owner_.isDraining())
    return linger();
  nextRequest();
}

/// Its answer has been sent, or there will be none.
void Connection::endRequest() {
  exchange_.reset();
  hasEnded_ = false;
  hasServed_ = true;
  transferBegan_.reset();
  if (std::exchange(isAdmitted_, false))
    owner_.release();
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
// Time and load
//===----------------------------------------------------------------------===//

void Connection::beginTransfer() {
  transferBegan_ = lastTransfer_ = Clock::now();
  numTransferred_ = 0;
}

void Connection::onTransfer(size_t numBytes) {
  numTransferred_ += numBytes;
  lastTransfer_ = Clock::now();
}

bool Connection::isSlow(Clock::time_point now) const {
  if (!transferBegan_ || now - *transferBegan_ < kPatience)
    return false;
  std::chrono::duration<double> seconds = now - *transferBegan_;
  return now - lastTransfer_ > kPatience ||
         static_cast<double>(numTransferred_) < seconds.count() * kSlowRate;
}

std::optional<Connection::Yield>
Connection::yield(Clock::time_point now) const {
  bool isOld = now - phaseBegan_ > kPatience;
  if (phase_ == Phase::Idle && hasServed_ && input_.empty() &&
      !socket_.hasInput())
    return Yield{0, phaseBegan_};
  if (phase_ == Phase::Lingering && isOld)
    return Yield{1, phaseBegan_};
  bool isWaiting = phase_ == Phase::Idle || phase_ == Phase::Reading;
  if (isWaiting && !isAdmitted_ && isOld)
    return Yield{2, phaseBegan_};
  return {};
}

// To a client that has been served a word between two requests would be the
// answer to the next one.
void Connection::giveWay() {
  bool mayBeTold =
      phase_ == Phase::Reading || (phase_ == Phase::Idle && !hasServed_);
  if (mayBeTold)
    refuse(overloadedError());
  else
    close();
}

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

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

// To close with unread input would make the kernel drop the response.
void Connection::linger() {
  socket_.endWriting();
  input_ = {};
  wait(Phase::Lingering, kLingerTime);
  read();
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
  if (auto exchange = exchange_)
    exchange->leave();
  endRequest();
  bodyLease_.resize(0);
  outputLease_.resize(0);
  readTimer_.cancel();
  writeTimer_.cancel();
  socket_.close();
  owner_.forget(*this);
}

} // namespace g4rt
