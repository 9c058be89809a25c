//===- Server.cpp - OpenAI's HTTP API over one engine ---------------------===//

#include "runtime/http/Server.h"

#include "runtime/http/ServerCore.h"

namespace g4rt {

Server::Server(std::unique_ptr<ServerCore> core) : core_(std::move(core)) {}

Server::~Server() { stop(std::chrono::steady_clock::now()); }

Result<std::unique_ptr<Server>> Server::start(const ServerOptions &options,
                                              const ServedModel &model) {
  G4RT_ASSIGN(HttpMemoryPlan plan, planHttpMemory(options, httpMemoryFacts()));
  auto core = std::make_unique<ServerCore>(options, model, plan);
  G4RT_TRY(core->listen());
  core->run();
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

uint16_t Server::port() const { return core_->port(); }

size_t Server::maxConnections() const { return core_->maxConnections(); }

const HttpMemoryPlan &Server::memoryPlan() const { return core_->memoryPlan(); }

void Server::setKeys(const Keys &keys) { core_->setKeys(keys); }

void Server::setTls(std::shared_ptr<const TlsContext> tls) {
  core_->setTls(std::move(tls));
}

void Server::beginDrain() { core_->beginDrain(); }

bool Server::stop(std::chrono::steady_clock::time_point deadline) {
  return core_->stop(deadline);
}

} // namespace g4rt
