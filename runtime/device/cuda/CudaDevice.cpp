//===- CudaDevice.cpp - An NVIDIA GPU as a device -------------------------===//
//
// What CUDA does in its own way: the GPU's primary context is made current on
// the thread, code is a cubin or PTX and may need a newer driver, and shared
// memory above 48 KiB is allowed before a launch asks for it.
//
//===----------------------------------------------------------------------===//

#include "runtime/device/cuda/CudaDevice.h"

#include "runtime/device/cuda/CodeVersion.h"
#include "runtime/device/cuda/Gpu.h"
#include "runtime/device/gpu/CodeModule.h"
#include "runtime/device/gpu/GpuDevice.h"

namespace g4rt {

namespace cuda {

namespace {

class CudaPlatform final : public gpu::Platform {
public:
  CudaPlatform(const CudaTable &table, const gpu::Gpu &gpu)
      : table_(table), device_(gpu.device), major_(gpu.major),
        minor_(gpu.minor) {}

  artifact::DeviceKind kind() const override {
    return artifact::DeviceKind::cuda;
  }
  bool hasFeature(std::string_view feature) const override {
    return gpuHasFeature(feature, major_, minor_);
  }
  std::string targetName() const override { return gpuTarget(major_, minor_); }

  Status open(gpu::Driver &driver) override {
    return driver.callOwn(table_.primaryContextRetain, "opening the GPU",
                          &context_, device_);
  }
  Status enter(gpu::Driver &driver) override {
    return driver.callOwn(table_.contextSetCurrent, "using the GPU", context_);
  }
  void close(gpu::Driver &driver) override {
    if (context_)
      driver.releaseOwn(table_.primaryContextRelease, device_);
  }

  Status checkCode(gpu::Driver &driver, const artifact::CodeObject &code,
                   std::span<const std::byte> bytes) override;
  Status allowScratch(gpu::Driver &driver, const std::string &kernel,
                      gpu::DriverFunctionHandle function,
                      unsigned bytes) override {
    return driver.callOwn(table_.functionSetAttribute, kernel, function,
                          gpu::kFunctionMaxDynamicSharedBytes,
                          static_cast<int>(bytes));
  }

private:
  const CudaTable table_;
  const gpu::DriverDevice device_;
  const int major_, minor_;
  DriverContext context_ = nullptr;
};

} // namespace

static Status checkImage(const artifact::CodeObject &code,
                         std::span<const std::byte> bytes) {
  if (code.format() == artifact::CodeFormat::ptx)
    return bytes.empty() ? gpu::wrongCode("no bytes are no PTX") : Status();
  if (code.format() != artifact::CodeFormat::cubin)
    return gpu::wrongCode("it is neither a cubin nor PTX");
  return gpu::checkElf(bytes, "cubin");
}

Status CudaPlatform::checkCode(gpu::Driver &driver,
                               const artifact::CodeObject &code,
                               std::span<const std::byte> bytes) {
  G4RT_TRY(checkImage(code, bytes));
  int version = 0;
  G4RT_TRY(driver.call<&gpu::DriverTable::driverGetVersion>("loading GPU code",
                                                            &version));
  int needed = neededDriverVersion(code.format(), bytes);
  if (needed <= version)
    return Status();
  return gpu::wrongCode("the driver is for CUDA " + driverVersionText(version) +
                        ", the code needs one for CUDA " +
                        driverVersionText(needed) + " or newer");
}

std::unique_ptr<gpu::Platform> makePlatform(const CudaTable &driver,
                                            const gpu::Gpu &gpu) {
  return std::make_unique<CudaPlatform>(driver, gpu);
}

} // namespace cuda

Result<std::unique_ptr<Device>>
createCudaDevice(int ordinal, const cuda::CudaTable &driver) {
  G4RT_ASSIGN(gpu::Gpu gpu, gpu::findGpu(driver, cuda::nvidiaGpus(), ordinal));
  auto platform = cuda::makePlatform(driver, gpu);
  return gpu::openGpuDevice(driver, std::move(gpu), std::move(platform));
}

Result<std::unique_ptr<Device>> createCudaDevice(int ordinal) {
  G4RT_ASSIGN(cuda::CudaTable driver, cuda::loadDriver());
  return createCudaDevice(ordinal, driver);
}

} // namespace g4rt
