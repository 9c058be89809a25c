//===- ServerCore.cpp - Loop, workers and connections ---------------------===//

#include "runtime/http/ServerCore.h"

#include "runtime/base/Log.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <future>
#include <iterator>
#include <netinet/in.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace g4rt {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How long answers that were cancelled at the deadline have to reach their
/// clients: longer than an engine that hangs has until it is killed.
constexpr std::chrono::seconds kFarewellTime(10);
/// The pause when no connection can be accepted: for lack of places, or of file
/// descriptors. Who connects meanwhile waits with the system.
constexpr std::chrono::milliseconds kAcceptPause(20);

/// Connection::Yield's.
constexpr int kIdleRank = 0, kAnyRank = 2;

static std::vector<Route> allRoutes(Api &api, Dashboard &dashboard) {
  std::vector<Route> routes = api.routes();
  std::ranges::move(dashboard.routes(), std::back_inserter(routes));
  return routes;
}

ServerCore::ServerCore(const ServerOptions &options, const ServedModel &model,
                       const HttpMemoryPlan &plan)
    : options_(options), plan_(plan), model_(model), state_(plan.held),
      hostCheck_(options_), keyCheck_(options_.keys),
      api_(model_, state_, options_.limits), idBase_(std::random_device()()),
      loop_(/*concurrency_hint=*/1), loopWork_(loop_.get_executor()),
      acceptor_(loop_), acceptTimer_(loop_), dashboard_(model_, state_, loop_),
      router_(allRoutes(api_, dashboard_)), workers_(serverLanes(options_)) {}

//===----------------------------------------------------------------------===//
// Listening
//===----------------------------------------------------------------------===//

// IPv4 and IPv6 have it at the same place.
static uint16_t portOf(const asio::generic::stream_protocol::endpoint &bound) {
  sockaddr_in address{};
  std::memcpy(&address, bound.data(), std::min(bound.size(), sizeof(address)));
  return ntohs(address.sin_port);
}

Result<ServerCore::Endpoint> ServerCore::endpoint() const {
  if (!options_.socketPath.empty())
    return Endpoint(
        asio::local::stream_protocol::endpoint(options_.socketPath));
  error_code error;
  asio::ip::address address = asio::ip::make_address(options_.address, error);
  if (error)
    return Status(StatusCode::InvalidArgument,
                  "address \"" + options_.address +
                      "\": needs an IP address in digits");
  return Endpoint(tcp::endpoint(address, options_.port));
}

static std::string placeOf(const ServerOptions &options) {
  return options.socketPath.empty()
             ? options.address + " port " + std::to_string(options.port)
             : options.socketPath;
}

// A socket file outlives the server that made it, if that was killed.
static void removeSocket(const std::string &path) {
  struct stat info{};
  if (!path.empty() && ::lstat(path.c_str(), &info) == 0 &&
      S_ISSOCK(info.st_mode))
    ::unlink(path.c_str());
}

Status ServerCore::listen() {
  G4RT_ASSIGN(Endpoint endpoint, this->endpoint());
  removeSocket(options_.socketPath);
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error && options_.socketPath.empty())
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error)
    acceptor_.bind(endpoint, error);
  if (!error)
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Status(StatusCode::ResourceExhausted,
                  "listening on " + placeOf(options_) + ": " + error.message());
  port_ = options_.socketPath.empty() ? portOf(acceptor_.local_endpoint(error))
                                      : uint16_t{0};
  return Status();
}

void ServerCore::run() {
  accept();
  dashboard_.start();
  thread_ = std::thread([this] { loop_.run(); });
}

void ServerCore::accept() {
  acceptor_.async_accept([this](error_code error, ClientSocket::Socket socket) {
    if (!acceptor_.is_open())
      return;
    if (!error) {
      onAccept(std::move(socket));
      return acceptNext();
    }
    if (error == asio::error::no_descriptors && freePlace(kAnyRank))
      return accept();
    acceptLater();
  });
}

// Beyond all places nobody is accepted, only to be closed without a word.
void ServerCore::acceptNext() {
  size_t most = options_.limits.maxConnections + kRefusalPlaces;
  if (connections_.size() < most || freePlace(kAnyRank))
    return accept();
  acceptLater();
}

void ServerCore::acceptLater() {
  acceptTimer_.expires_after(kAcceptPause);
  acceptTimer_.async_wait([this](error_code cancelled) {
    if (!cancelled && acceptor_.is_open())
      acceptNext();
  });
}

void ServerCore::setTls(std::shared_ptr<const TlsContext> tls) {
  asio::post(loop_,
             [this, tls = std::move(tls)] { options_.tls = std::move(tls); });
}

void ServerCore::onAccept(ClientSocket::Socket socket) {
  if (connections_.size() >= options_.limits.maxConnections)
    freePlace(kIdleRank);
  auto connection = std::make_shared<Connection>(
      ClientSocket(std::move(socket), options_.tls), *this);
  connections_.emplace(connection.get(), connection);
  ++state_.numConnections;
  connection->start();
}

void ServerCore::forget(Connection &connection) {
  if (connections_.erase(&connection) > 0)
    --state_.numConnections;
}

//===----------------------------------------------------------------------===//
// Too little of something
//===----------------------------------------------------------------------===//

// Connections that say nothing cannot shut out a client that does.
bool ServerCore::freePlace(int mostReadyRank) {
  Connection *readiest = nullptr;
  std::optional<Connection::Yield> least;
  auto now = Clock::now();
  for (const auto &[key, connection] : connections_) {
    auto yield = connection->yield(now);
    if (!yield || yield->rank > mostReadyRank || (least && *least < *yield))
      continue;
    readiest = key;
    least = yield;
  }
  if (readiest)
    readiest->giveWay();
  return readiest != nullptr;
}

// The client that holds most of those who make it last, of `numBytes` at least.
Connection *ServerCore::slowest(const Connection *but, size_t numBytes) const {
  Connection *found = nullptr;
  auto now = Clock::now();
  for (const auto &[key, connection] : connections_) {
    size_t held = connection->heldBytes();
    if (key == but || held < numBytes || !connection->isSlow(now))
      continue;
    if (!found || held > found->heldBytes())
      found = key;
  }
  return found;
}

// Of the client that holds most, if it holds more than the holder's client
// would: its share is too large, slow or not.
Connection *ServerCore::largestOfOthers(const Connection &holder,
                                        size_t numBytes) const {
  std::unordered_map<std::string_view, size_t> shares;
  for (const auto &[key, connection] : connections_)
    shares[connection->client()] += connection->heldBytes();
  auto heaviest = std::ranges::max_element(
      shares, {}, [](const auto &share) { return share.second; });
  if (heaviest == shares.end() ||
      heaviest->second <= shares[holder.client()] + numBytes)
    return nullptr;
  Connection *found = nullptr;
  for (const auto &[key, connection] : connections_)
    if (connection->client() == heaviest->first &&
        (!found || connection->heldBytes() > found->heldBytes()))
      found = key;
  return found;
}

bool ServerCore::admit() {
  if (numAdmitted_ >= options_.limits.maxConnections)
    if (Connection *victim = slowest(nullptr, 0))
      victim->giveWay();
  if (numAdmitted_ >= options_.limits.maxConnections)
    return false;
  ++numAdmitted_;
  return true;
}

bool ServerCore::hold(Connection &holder, MemoryPool::Lease &lease,
                      size_t numBytes) {
  // Who gives way is told so, which takes some bytes itself.
  if (isMakingRoom_)
    return lease.resize(numBytes);
  isMakingRoom_ = true;
  Connection *victim = nullptr;
  bool hasRoom = false;
  do {
    hasRoom = lease.resize(numBytes);
    if (hasRoom || numBytes > state_.memory.limitFor(numBytes))
      break;
    victim = slowest(&holder, MemoryPool::kSmallBytes);
    if (!victim)
      victim = largestOfOthers(holder, numBytes);
    if (victim)
      victim->giveWay();
  } while (victim);
  isMakingRoom_ = false;
  return hasRoom;
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

std::optional<ApiError> ServerCore::refusal(const HttpRequest &head) const {
  if (!hostCheck_.allows(head))
    return ApiError{
        ErrorKind::HostNotAllowed,
        "Host or Origin: not a name of this server; on a loopback address, "
        "g4rt serve --allowed-host NAME adds one"};
  if (hostCheck_.crossOrigin().isPreflight(head))
    return {};
  switch (keyCheck_.check(head.key, router_.accessOf(head.path))) {
  case KeyVerdict::Allowed:
    return {};
  case KeyVerdict::Unknown:
    return ApiError{ErrorKind::KeyUnknown,
                    "Authorization: needs Bearer and a key of this server"};
  case KeyVerdict::TooLittle:
    return ApiError{ErrorKind::KeyNotAllowed,
                    "this needs the key of an administrator"};
  }
  return {};
}

std::string ServerCore::allowedOrigin(const HttpRequest &head) const {
  return hostCheck_.crossOrigin().allows(head) ? head.origin : std::string();
}

void ServerCore::handle(std::shared_ptr<Exchange> exchange) {
  const HttpRequest &request = exchange->request();
  if (auto error = refusal(request))
    return exchange->respond(*std::move(error));
  if (hostCheck_.crossOrigin().isPreflight(request))
    return exchange->respond(CrossOrigin::preflight(request));
  RouteMatch match = router_.match(request.method, request.path);
  if (!match.route)
    return exchange->respond(std::move(match.response));
  if (match.route->runOn == RunOn::Loop)
    return runHandler(*match.route, exchange);
  workers_.post(request.body.size(), request.client,
                [this, route = match.route, exchange]() mutable {
                  // Nobody waits, or the server's time is over.
                  if (exchange->isGone())
                    exchange->respond(drainingError());
                  else
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
  call->dropBody();
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
  removeSocket(options_.socketPath);
  acceptTimer_.cancel();
  dashboard_.stop();
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
