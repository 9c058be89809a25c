//===- StateFormat.h - What the dashboard shows, as JSON --------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_DASHBOARD_STATEFORMAT_H
#define G4_RUNTIME_HTTP_DASHBOARD_STATEFORMAT_H

#include "runtime/base/Json.h"
#include "runtime/engine/EngineStatus.h"
#include "runtime/engine/EngineView.h"
#include "runtime/http/ServerState.h"
#include "runtime/http/dashboard/ExpertHistory.h"
#include "runtime/http/dashboard/StateHistory.h"

#include <cstdint>
#include <string_view>

namespace g4rt {

/// Of one moment.
struct DashboardState {
  std::string_view model; // the served name
  int64_t maxModelLength = 0;
  double time = 0; // seconds since 1970
  double uptimeSeconds = 0;
  const EngineStatus &engine;
  const EngineView &view;
  const ServerState &server;
  const StateHistory &history;
  const ExpertHistory &experts;
};

/// docs/dashboard.md describes the fields. Numbers and names, and of texts what
/// the view has.
json::object stateJson(const DashboardState &state);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_DASHBOARD_STATEFORMAT_H
