//===- Metrics.h - Counters as Prometheus text ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_METRICS_H
#define G4_RUNTIME_HTTP_OPENAI_METRICS_H

#include "runtime/engine/EngineStatus.h"
#include "runtime/http/ServerState.h"

#include <string>
#include <string_view>

namespace g4rt {

/// Prometheus' text format 0.0.4. Names start with "g4rt:", or with "vllm:"
/// where name, labels and meaning are vLLM's. Labels come from fixed sets,
/// never from a request.
std::string formatMetrics(const EngineStatus &engine, const ServerState &server,
                          std::string_view modelName);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_METRICS_H
