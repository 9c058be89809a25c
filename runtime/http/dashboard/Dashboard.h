//===- Dashboard.h - The engine's state, looked at and sent -----*- C++ -*-===//
//
// Looks at the engine four times a second, whether anybody watches or not,
// because rates and histories need it. Who watches gets the same JSON as an
// event after each look; it is made once for all of them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_DASHBOARD_DASHBOARD_H
#define G4_RUNTIME_HTTP_DASHBOARD_DASHBOARD_H

#include "runtime/http/Router.h"
#include "runtime/http/ServedModel.h"
#include "runtime/http/ServerState.h"
#include "runtime/http/dashboard/ExpertHistory.h"
#include "runtime/http/dashboard/StateHistory.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace g4rt {

/// Of the loop's thread, but for the constructor. Borrows all three.
class Dashboard {
public:
  static constexpr std::chrono::milliseconds kPeriod{250};
  /// Streams of events at one time.
  static constexpr size_t kMaxWatchers = 32;

  Dashboard(const ServedModel &model, const ServerState &state,
            boost::asio::io_context &loop);

  /// GET /g4/state, /g4/events and the page.
  std::vector<Route> routes();
  /// Begins to look. Before the loop's thread runs.
  void start();
  /// Looks no more, so that the loop can end.
  void stop();

private:
  using Watcher = std::shared_ptr<Exchange>;

  std::string stateText();
  void watch(const Watcher &watcher);
  void look();
  void tellWatchers();

  const ServedModel &model_;
  const ServerState &state_;
  boost::asio::steady_timer timer_;
  const std::chrono::steady_clock::time_point began_;
  StateHistory history_;
  ExpertHistory experts_;
  std::vector<Watcher> watchers_;
  bool isStopped_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_DASHBOARD_DASHBOARD_H
