//===- LaunchGraph.h - Launches that one call starts ------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_LAUNCHGRAPH_H
#define G4_RUNTIME_DEVICE_GPU_LAUNCHGRAPH_H

#include "runtime/device/Device.h"
#include "runtime/device/gpu/Driver.h"

#include <functional>

namespace g4rt::gpu {

class LaunchGraph final : public KernelGraph {
public:
  /// A graph of `calls`, ready on the GPU. `enqueue` puts each of them on
  /// `stream`, on which nothing else is put meanwhile; `driver` outlives the
  /// graph.
  ///
  /// Errors: those of `enqueue`, ResourceExhausted.
  static Result<std::unique_ptr<LaunchGraph>>
  capture(Driver &driver, DriverStream stream,
          std::span<const KernelCall> calls,
          const std::function<Status(const KernelCall &)> &enqueue);

  LaunchGraph(const LaunchGraph &) = delete;
  LaunchGraph &operator=(const LaunchGraph &) = delete;
  ~LaunchGraph() override;

  Status launch(DriverStream stream) const;

private:
  LaunchGraph(Driver &driver, DriverGraphExec exec)
      : driver_(driver), exec_(exec) {}

  Driver &driver_;
  DriverGraphExec exec_;
};

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_LAUNCHGRAPH_H
