//===- ServerCore.cpp - Loop, workers and connections ---------------------===//

#include "runtime/http/ServerCore.h"

#include "runtime/base/Log.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <exception>
#include <future>
#include <random>
#include <vector>

namespace g4rt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How long answers that were cancelled at the deadline have to reach their
/// clients: longer than an engine that hangs has until it is killed.
constexpr std::chrono::seconds kFarewellTime(10);
/// The pause after accept() failed, for lack of file descriptors say.
constexpr std::chrono::milliseconds kAcceptPause(100);

ServerCore::ServerCore(const ServerOptions &options, const ServedModel &model)
    : options_(options), model_(model), hostCheck_(options_),
      api_(model_, state_, options_.limits), router_(api_.routes()),
      idBase_(std::random_device()()), loop_(/*concurrency_hint=*/1),
      loopWork_(loop_.get_executor()), acceptor_(loop_), acceptTimer_(loop_),
      workers_(static_cast<size_t>(std::clamp(options.numWorkers, 1, 64))) {}

//===----------------------------------------------------------------------===//
// Listening
//===----------------------------------------------------------------------===//

Status ServerCore::listen() {
  error_code error;
  asio::ip::address address = asio::ip::make_address(options_.address, error);
  if (error)
    return Status(StatusCode::InvalidArgument,
                  "address \"" + options_.address +
                      "\": needs an IP address in digits");
  tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error)
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error)
    acceptor_.bind(endpoint, error);
  if (!error)
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Status(StatusCode::ResourceExhausted,
                  "listening on " + options_.address + " port " +
                      std::to_string(options_.port) + ": " + error.message());
  port_ = acceptor_.local_endpoint(error).port();
  return Status();
}

void ServerCore::run() {
  accept();
  thread_ = std::thread([this] { loop_.run(); });
}

void ServerCore::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!acceptor_.is_open())
      return;
    if (!error) {
      onAccept(std::move(socket));
      return accept();
    }
    if (error == asio::error::no_descriptors && closeLongestWaiting())
      return accept();
    acceptTimer_.expires_after(kAcceptPause);
    acceptTimer_.async_wait([this](error_code cancelled) {
      if (!cancelled && acceptor_.is_open())
        accept();
    });
  });
}

// Connections that say nothing cannot shut out a client that does.
bool ServerCore::closeLongestWaiting() {
  Connection *longest = nullptr;
  Clock::time_point earliest = Clock::time_point::max();
  for (const auto &[key, connection] : connections_)
    if (auto since = connection->waitingSince(); since && *since < earliest) {
      longest = key;
      earliest = *since;
    }
  if (longest)
    longest->close();
  return longest != nullptr;
}

// One connection too many costs a silent one its place. Where all wait for
// answers it is closed at once.
void ServerCore::onAccept(tcp::socket socket) {
  if (connections_.size() >= options_.limits.maxConnections &&
      !closeLongestWaiting())
    return;
  auto connection = std::make_shared<Connection>(std::move(socket), *this);
  connections_.emplace(connection.get(), connection);
  ++state_.numConnections;
  connection->start();
}

void ServerCore::forget(Connection &connection) {
  if (connections_.erase(&connection) > 0)
    --state_.numConnections;
}

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

std::string ServerCore::nextRequestId() {
  char id[40];
  std::snprintf(id, sizeof(id), "req-%08llx-%llu",
                static_cast<unsigned long long>(idBase_),
                static_cast<unsigned long long>(++numRequests_));
  return id;
}

void ServerCore::handle(std::shared_ptr<Exchange> exchange) {
  const HttpRequest &request = exchange->request();
  if (!hostCheck_.allows(request))
    return exchange->respond(ApiError{
        ErrorKind::HostNotAllowed,
        "Host or Origin: not a name of this server, which listens on "
        "a loopback address; g4rt serve --allowed-host NAME adds one"});
  RouteMatch match = router_.match(request.method, request.path);
  if (!match.route)
    return exchange->respond(std::move(match.response));
  if (match.route->runOn == RunOn::Loop)
    return runHandler(*match.route, exchange);
  asio::post(workers_, [this, route = match.route,
                        exchange = std::move(exchange)]() mutable {
    runHandler(*route, exchange);
    exchange.reset();
  });
}

// The one place where an exception of a library (no memory, say) ends: it costs
// its request and nothing else.
void ServerCore::runHandler(const Route &route,
                            const std::shared_ptr<Exchange> &call) {
  try {
    route.handler(call);
  } catch (const std::exception &) {
    logEvent(LogLevel::Error, "http", "exception",
             {{"path", route.path}, {"request", call->request().id}});
    call->respond(ApiError{ErrorKind::Internal, "internal error"});
  }
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

// Connections leave the table while they are visited.
template <typename Work>
void ServerCore::forEachConnection(Work work) {
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto &[key, connection] : connections_)
    all.push_back(connection);
  for (const auto &connection : all)
    work(*connection);
}

void ServerCore::closeAll() {
  error_code ignored;
  acceptor_.close(ignored);
  acceptTimer_.cancel();
  forEachConnection([](Connection &c) { c.close(); });
}

bool ServerCore::stop(Clock::time_point deadline) {
  if (!thread_.joinable())
    return true;
  beginDrain();
  // From here on the loop counts new exchanges as late.
  std::promise<void> seen;
  asio::post(loop_, [this, &seen] {
    forEachConnection([](Connection &c) { c.closeIfIdle(); });
    seen.set_value();
  });
  seen.get_future().wait();
  bool isClean = liveExchanges_.waitUntilNone(deadline);
  if (!isClean) {
    asio::post(loop_, [this] {
      forEachConnection([](Connection &c) { c.cancelAnswer(); });
    });
    liveExchanges_.waitUntilNone(Clock::now() + kFarewellTime);
  }
  asio::post(loop_, [this] { closeAll(); });
  // Each answer's end is certain: it was cancelled.
  liveExchanges_.waitUntilNone();
  lateExchanges_.waitUntilNone();
  workers_.join();
  loopWork_.reset();
  thread_.join();
  return isClean;
}

} // namespace g4rt
