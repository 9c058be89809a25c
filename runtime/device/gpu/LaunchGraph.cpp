//===- LaunchGraph.cpp - Launches that one call starts --------------------===//

#include "runtime/device/gpu/LaunchGraph.h"

namespace g4rt::gpu {

/// Between the begin and the end of a capture nothing may return early.
static Status record(Driver &driver, DriverStream stream,
                     std::span<const KernelCall> calls,
                     const std::function<Status(const KernelCall &)> &enqueue,
                     DriverGraph &graph) {
  G4RT_TRY(driver.call<&DriverTable::streamBeginCapture>(
      "capturing a graph", stream, kCaptureThreadLocal));
  Status recorded;
  for (size_t i = 0; i < calls.size() && recorded.ok(); ++i)
    recorded = enqueue(calls[i]);
  Status ended = driver.call<&DriverTable::streamEndCapture>(
      "capturing a graph", stream, &graph);
  return recorded.ok() ? ended : recorded;
}

Result<std::unique_ptr<LaunchGraph>>
LaunchGraph::capture(Driver &driver, DriverStream stream,
                     std::span<const KernelCall> calls,
                     const std::function<Status(const KernelCall &)> &enqueue) {
  DriverGraph graph = nullptr;
  Status made = record(driver, stream, calls, enqueue, graph);
  DriverGraphExec exec = nullptr;
  if (made.ok())
    made = driver.call<&DriverTable::graphInstantiate>(
        "making a graph of " + std::to_string(calls.size()) + " launches",
        &exec, graph, 0ull);
  if (graph)
    driver.release<&DriverTable::graphDestroy>(graph);
  G4RT_TRY(std::move(made));
  std::unique_ptr<LaunchGraph> result(new LaunchGraph(driver, exec));
  G4RT_TRY(driver.call<&DriverTable::graphUpload>("uploading a graph", exec,
                                                  stream));
  return result;
}

LaunchGraph::~LaunchGraph() {
  driver_.release<&DriverTable::graphExecDestroy>(exec_);
}

Status LaunchGraph::launch(DriverStream stream) const {
  return driver_.call<&DriverTable::graphLaunch>("launching a graph", exec_,
                                                 stream);
}

} // namespace g4rt::gpu
