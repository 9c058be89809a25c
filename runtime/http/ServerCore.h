//===- ServerCore.h - Loop, workers and connections -------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_SERVERCORE_H
#define G4_RUNTIME_HTTP_SERVERCORE_H

#include "runtime/base/Status.h"
#include "runtime/http/Connection.h"
#include "runtime/http/HostCheck.h"
#include "runtime/http/HttpMemoryPlan.h"
#include "runtime/http/KeyCheck.h"
#include "runtime/http/LiveCount.h"
#include "runtime/http/MemoryPool.h"
#include "runtime/http/Router.h"
#include "runtime/http/ServedModel.h"
#include "runtime/http/ServerOptions.h"
#include "runtime/http/ServerState.h"
#include "runtime/http/WorkLanes.h"
#include "runtime/http/dashboard/Dashboard.h"
#include "runtime/http/openai/Api.h"

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace g4rt {

class ServerCore : public ConnectionOwner {
public:
  ServerCore(const ServerOptions &options, const ServedModel &model,
             const HttpMemoryPlan &plan);

  Status listen();
  uint16_t port() const { return port_; }
  size_t maxConnections() const { return options_.limits.maxConnections; }
  const HttpMemoryPlan &memoryPlan() const { return plan_; }
  /// Starts the loop's thread.
  void run();
  void beginDrain() { state_.isDraining = true; }
  void setKeys(const Keys &keys) { keyCheck_.replace(keys); }
  void setTls(std::shared_ptr<const TlsContext> tls);
  bool stop(std::chrono::steady_clock::time_point deadline);

private:
  using Clock = std::chrono::steady_clock;
  using Protocol = boost::asio::generic::stream_protocol;
  using Endpoint = Protocol::endpoint;

  const HttpLimits &limits() const override { return options_.limits; }
  MemoryPool &memory() override { return state_.memory; }
  RunningAnswers &running() override { return state_.running; }
  std::span<char> readBlock() override { return readBlock_; }
  // Refusals of a draining server do not hold up its end.
  LiveCount &liveExchanges() override {
    return state_.isDraining ? lateExchanges_ : liveExchanges_;
  }
  bool isDraining() const override { return state_.isDraining; }
  std::string nextRequestId() override;
  std::optional<ApiError> refusal(const HttpRequest &head) const override;
  std::shared_ptr<KeyAccount>
  accountOf(const HttpRequest &head) const override {
    return keyCheck_.accountOf(head.key);
  }
  std::string allowedOrigin(const HttpRequest &head) const override;
  bool admit() override;
  void release() override { --numAdmitted_; }
  bool hold(Connection &holder, MemoryPool::Lease &lease,
            size_t numBytes) override;
  void handle(std::shared_ptr<Exchange> exchange) override;
  void countResponse(int status) override { ++state_.numResponses[status]; }
  void forget(Connection &connection) override;

  void accept();
  void acceptNext();
  void acceptLater();
  void onAccept(ClientSocket::Socket socket);
  Result<Endpoint> endpoint() const;
  bool freePlace(int mostReadyRank);
  Connection *slowest(const Connection *but, size_t numBytes) const;
  Connection *largestOfOthers(const Connection &holder, size_t numBytes) const;
  void runHandler(const Route &route, const std::shared_ptr<Exchange> &call);
  template <typename Work>
  void forEachConnection(Work work);
  void closeAll();

  ServerOptions options_;
  HttpMemoryPlan plan_;
  ServedModel model_;
  ServerState state_;
  HostCheck hostCheck_;
  KeyCheck keyCheck_;
  Api api_;
  uint16_t port_ = 0;
  uint64_t idBase_; // random: ids of two runs differ
  uint64_t numRequests_ = 0;

  LiveCount liveExchanges_; // begun before the server was draining
  LiveCount lateExchanges_;
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      loopWork_;
  boost::asio::basic_socket_acceptor<Protocol> acceptor_;
  boost::asio::steady_timer acceptTimer_;
  Dashboard dashboard_;
  Router router_;
  std::unordered_map<Connection *, std::shared_ptr<Connection>> connections_;
  size_t numAdmitted_ = 0; // requests with a body that are open
  bool isMakingRoom_ = false;
  std::array<char, 65536> readBlock_;
  WorkLanes workers_;
  std::thread thread_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_SERVERCORE_H
