//===- Dashboard.cpp - The engine's state, looked at and sent -------------===//

#include "runtime/http/dashboard/Dashboard.h"

#include "runtime/http/Sse.h"
#include "runtime/http/dashboard/Page.h"
#include "runtime/http/dashboard/StateFormat.h"

#include <utility>

namespace g4rt {

using Clock = std::chrono::steady_clock;

static double wallSeconds() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Dashboard::Dashboard(const ServedModel &model, const ServerState &state,
                     boost::asio::io_context &loop)
    : model_(model), state_(state), timer_(loop), began_(Clock::now()) {}

std::vector<Route> Dashboard::routes() {
  std::vector<Route> routes = pageRoutes();
  routes.push_back({"GET", "/g4/state", Access::Admin, RunOn::Loop,
                    [this](const auto &call) {
                      call->respond(HttpResponse{.body = stateText()});
                    }});
  routes.push_back({"GET", "/g4/events", Access::Admin, RunOn::Loop,
                    [this](const auto &call) { watch(call); }});
  return routes;
}

void Dashboard::start() { look(); }

void Dashboard::stop() {
  isStopped_ = true; // a look that is due already must not ask for another one
  timer_.cancel();
}

std::string Dashboard::stateText() {
  EngineStatus status = model_.engine.status();
  EngineView view = model_.engine.view();
  auto now = Clock::now();
  double wallTime = wallSeconds();
  history_.add(status, now, wallTime);
  experts_.add(view.experts, now);
  std::chrono::duration<double> uptime = now - began_;
  return json::serialize(stateJson({.model = model_.name,
                                    .maxModelLength = model_.maxModelLength,
                                    .time = wallTime,
                                    .uptimeSeconds = uptime.count(),
                                    .engine = status,
                                    .view = view,
                                    .server = state_,
                                    .history = history_,
                                    .experts = experts_}));
}

void Dashboard::watch(const Watcher &watcher) {
  if (watcher->request().method == "HEAD")
    return watcher->respond(
        HttpResponse{.contentType = std::string(kEventStream)});
  if (state_.isDraining)
    return watcher->respond(drainingError());
  if (watchers_.size() >= kMaxWatchers)
    return watcher->respond(overloadedError());
  watcher->startStream(kEventStream);
  watcher->send(formatEvent(stateText()));
  watchers_.push_back(watcher);
  watcher->onGone([this, watcher = watcher.get()] {
    std::erase_if(watchers_,
                  [&](const Watcher &w) { return w.get() == watcher; });
  });
}

void Dashboard::look() {
  tellWatchers();
  timer_.expires_after(kPeriod);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled && !isStopped_)
      look();
  });
}

// Who has not read the last event yet is left out this time: nobody wants old
// states later. A server that drains waits for nobody who only watches.
void Dashboard::tellWatchers() {
  if (state_.isDraining)
    for (const Watcher &watcher : std::exchange(watchers_, {}))
      watcher->finish();
  if (watchers_.empty()) {
    auto now = Clock::now();
    experts_.add(model_.engine.view().experts, now);
    return history_.add(model_.engine.status(), now, wallSeconds());
  }
  std::string event = formatEvent(stateText());
  for (const Watcher &watcher : watchers_)
    if (!watcher->isBehind())
      watcher->send(event);
}

} // namespace g4rt
