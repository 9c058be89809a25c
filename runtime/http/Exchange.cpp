//===- Exchange.cpp - One request and its answer --------------------------===//

#include "runtime/http/Exchange.h"

#include "runtime/base/Log.h"
#include "runtime/http/Connection.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace g4rt {

namespace asio = boost::asio;

Exchange::Exchange(HttpRequest request, std::shared_ptr<Connection> connection,
                   asio::any_io_executor loop, LiveCount &count)
    : token_(count), request_(std::move(request)), loop_(std::move(loop)),
      memory_(connection->memory()), running_(connection->running()),
      connection_(std::move(connection)),
      began_(std::chrono::steady_clock::now()) {}

Exchange::~Exchange() = default;

template <typename Work>
void Exchange::onLoop(Work work) {
  asio::dispatch(loop_,
                 [self = shared_from_this(), work = std::move(work)]() mutable {
                   if (self->connection_)
                     work(*self);
                 });
}

void Exchange::post(std::function<void()> work) {
  asio::post(loop_,
             [self = shared_from_this(), work = std::move(work)] { work(); });
}

static ResponseFraming framingOf(const HttpRequest &request, bool keepAlive) {
  return {.requestId = request.id,
          .isHead = request.method == "HEAD",
          .keepAlive = keepAlive,
          .isHttp11 = request.isHttp11,
          .allowedOrigin = request.allowedOrigin};
}

void Exchange::dropBody() {
  request_.body = {};
  request_.bodyLease.resize(0);
}

void Exchange::respond(HttpResponse response) {
  onLoop([response = std::move(response)](Exchange &self) mutable {
    Connection &connection = *self.connection_;
    if (!connection.holdOutput(response.body.capacity()))
      response =
          errorResponse(overloadedError(), errorShapeOf(self.request_.path));
    bool keepAlive = self.request_.keepAlive && connection.mayStayOpen();
    ResponseFraming framing = framingOf(self.request_, keepAlive);
    self.status_ = response.status;
    connection.countResponse(response.status);
    connection.write(formatResponseHead(response, framing));
    if (sendsBody(response, framing))
      connection.write(std::move(response.body));
    connection.endResponse(keepAlive);
    self.end("whole");
  });
}

void Exchange::startStream(std::string_view contentType) {
  onLoop([type = std::string(contentType)](Exchange &self) {
    if (std::exchange(self.isStreaming_, true))
      return;
    bool keepAlive = self.request_.keepAlive && self.request_.isHttp11;
    self.status_ = 200;
    self.connection_->countResponse(200);
    self.connection_->write(
        formatStreamHead(type, framingOf(self.request_, keepAlive)));
  });
}

void Exchange::send(std::string data) {
  onLoop([data = std::move(data)](Exchange &self) {
    if (data.empty())
      return;
    self.connection_->write(self.request_.isHttp11 ? formatChunk(data) : data);
  });
}

void Exchange::finish() {
  onLoop([](Exchange &self) {
    if (self.request_.isHttp11)
      self.connection_->write(std::string(kLastChunk));
    self.connection_->endResponse(self.request_.keepAlive &&
                                  self.request_.isHttp11 &&
                                  self.connection_->mayStayOpen());
    self.end("whole");
  });
}

void Exchange::abort() {
  onLoop([](Exchange &self) {
    self.connection_->endResponse(/*keepAlive=*/false);
    self.end("cut");
  });
}

bool Exchange::isBehind() const {
  return connection_ && connection_->hasOutput();
}

void Exchange::onGone(std::function<void()> cancel) {
  asio::dispatch(
      loop_, [self = shared_from_this(), cancel = std::move(cancel)]() mutable {
        if (self->isGone_)
          return cancel();
        if (self->connection_)
          self->onGone_ = std::move(cancel);
      });
}

void Exchange::onBehind(std::function<void(bool)> told) {
  asio::dispatch(loop_,
                 [self = shared_from_this(), told = std::move(told)]() mutable {
                   if (!self->connection_)
                     return;
                   self->onBehind_ = std::move(told);
                   if (self->isToldBehind_)
                     self->onBehind_(true);
                 });
}

void Exchange::tellBehind(bool isBehind) {
  isToldBehind_ = isBehind;
  if (onBehind_)
    onBehind_(isBehind);
}

void Exchange::cancel() {
  isGone_ = true;
  if (auto onGone = std::exchange(onGone_, nullptr))
    onGone();
}

void Exchange::leave() {
  cancel();
  if (connection_)
    logEnd("left");
  connection_.reset();
}

void Exchange::end(std::string_view how) {
  logEnd(how);
  onGone_ = nullptr;
  onBehind_ = nullptr;
  connection_.reset();
}

void Exchange::logEnd(std::string_view how) const {
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - began_;
  logEvent(LogLevel::Debug, "http", "answered",
           {{"request", request_.id},
            {"method", request_.method},
            {"path", request_.path},
            {"status", std::to_string(status_)},
            {"seconds", std::to_string(seconds.count())},
            {"end", std::string(how)}});
}

} // namespace g4rt
