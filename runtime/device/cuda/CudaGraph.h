//===- CudaGraph.h - Launches that one call starts --------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_CUDAGRAPH_H
#define G4_RUNTIME_DEVICE_CUDA_CUDAGRAPH_H

#include "runtime/device/Device.h"
#include "runtime/device/cuda/Driver.h"

#include <functional>

namespace g4rt::cuda {

class CudaGraph final : public KernelGraph {
public:
  /// A graph of `calls`, ready on the GPU. `enqueue` puts each of them on
  /// `stream`, on which nothing else is put meanwhile; `driver` outlives the
  /// graph.
  ///
  /// Errors: those of `enqueue`, ResourceExhausted.
  static Result<std::unique_ptr<CudaGraph>>
  capture(Driver &driver, DriverStream stream,
          std::span<const KernelCall> calls,
          const std::function<Status(const KernelCall &)> &enqueue);

  CudaGraph(const CudaGraph &) = delete;
  CudaGraph &operator=(const CudaGraph &) = delete;
  ~CudaGraph() override;

  Status launch(DriverStream stream) const;

private:
  CudaGraph(Driver &driver, DriverGraphExec exec)
      : driver_(driver), exec_(exec) {}

  Driver &driver_;
  DriverGraphExec exec_;
};

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_CUDAGRAPH_H
