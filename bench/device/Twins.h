//===- Twins.h - Plain twins of kernels on the device -----------*- C++ -*-===//
//
// The code of codegen/cuda/reference beside the kernels: same inputs, a second
// result.
//
//===----------------------------------------------------------------------===//

#ifndef G4_BENCH_DEVICE_TWINS_H
#define G4_BENCH_DEVICE_TWINS_H

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bench/device/Side.h"

namespace g4rt {

/// Numbers that kernels have inside and no table says: those of Gemma 4. With
/// wrong ones the twins would differ from both devices, which is an error.
struct TwinConstants {
  double epsilon = 1e-6, softcap = 30, attentionScale = 1;
};

class Twins {
public:
  /// `path`: a file made by reference-kernels. `artifact` and `side` outlive
  /// it. Errors: NotFound without the file, DataLoss if it is other code.
  static Result<std::unique_ptr<Twins>> load(const std::string &path,
                                             const artifact::Artifact &artifact,
                                             Side &side,
                                             const TwinConstants &constants);

  /// What the twin of `launch` makes of its inputs: the value of the launch's
  /// buffer argument `buffer` (counted among buffers); none if there is no
  /// twin.
  struct Output {
    size_t buffer;
    std::vector<float> numbers;
  };
  Result<std::optional<Output>> run(const LaunchTime &launch,
                                    const StepPlan &plan);

  /// [tokens, topK] of the last router on the device, for experts after it.
  void setExperts(std::vector<int32_t> experts) {
    experts_ = std::move(experts);
  }

  /// Bytes a second, read and written, of a copy of `bytes` on the device.
  Result<double> copyRate(uint64_t bytes);
  /// Flops a second of mma.sync bf16. Errors: DataLoss if the file has none.
  Result<double> mmaRate();

private:
  enum Kernel {
    Linear,
    Queries,
    Scores,
    Attention,
    RouterLogits,
    Router,
    Copy
  };

  Twins(const artifact::Artifact &artifact, Side &side,
        const TwinConstants &constants)
      : artifact_(artifact), side_(side), constants_(constants) {}
  Status loadModules(const std::string &path);
  Result<DeviceAddress> space(const std::string &name, uint64_t bytes);
  Result<uint64_t> upload(const std::string &name,
                          std::span<const int32_t> ints);
  Result<double> launch(Kernel kernel, int64_t numThreads,
                        std::span<const uint64_t> args);
  Status start(Kernel kernel, int64_t numThreads,
               std::span<const uint64_t> args);
  Result<std::vector<float>> floatsAt(DeviceAddress at, int64_t count);
  const artifact::Cache *cacheOf(const LaunchTime &launch) const;
  const artifact::Weight &weightOf(const LaunchTime &launch, size_t arg) const;

  Result<std::optional<Output>> linear(const LaunchTime &launch,
                                       const StepPlan &plan);
  Result<std::optional<Output>> queries(const LaunchTime &launch,
                                        const StepPlan &plan);
  Result<std::optional<Output>> attention(const LaunchTime &launch,
                                          const StepPlan &plan);
  Result<std::optional<Output>> router(const LaunchTime &launch);

  const artifact::Artifact &artifact_;
  Side &side_;
  const TwinConstants constants_;
  std::vector<std::byte> code_;
  std::unique_ptr<KernelModule> module_;
  std::map<std::string, std::pair<DeviceAddress, uint64_t>> spaces_;
  std::vector<int32_t> experts_;
};

} // namespace g4rt

#endif // G4_BENCH_DEVICE_TWINS_H
