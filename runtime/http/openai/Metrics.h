//===- Metrics.h - Counters as Prometheus text ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_METRICS_H
#define G4_RUNTIME_HTTP_OPENAI_METRICS_H

#include "runtime/engine/EngineStatus.h"
#include "runtime/http/ServerState.h"
#include "runtime/http/openai/LostCalls.h"

#include <string>

namespace g4rt {

/// Prometheus' text format 0.0.4. All names start with "g4rt:"; labels come
/// from fixed sets, never from a request.
std::string formatMetrics(const EngineStatus &engine, const ServerState &server,
                          const LostCalls &lostCalls);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_METRICS_H
