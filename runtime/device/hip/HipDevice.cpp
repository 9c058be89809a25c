//===- HipDevice.cpp - An AMD GPU as a device -----------------------------===//
//
// What HIP does in its own way: a thread uses the GPU that it set, the first
// one if it set none; code is a code object of one architecture; and a launch
// takes as much LDS as it asks for.
//
//===----------------------------------------------------------------------===//

#include "runtime/device/hip/HipDevice.h"

#include "runtime/device/gpu/CodeModule.h"
#include "runtime/device/gpu/GpuDevice.h"
#include "runtime/device/hip/Gpu.h"

namespace g4rt {

namespace hip {

namespace {

class HipPlatform final : public gpu::Platform {
public:
  HipPlatform(const HipTable &table, const gpu::Gpu &gpu)
      : table_(table), device_(gpu.device), arch_(gpu.arch) {}

  artifact::DeviceKind kind() const override {
    return artifact::DeviceKind::hip;
  }
  bool hasFeature(std::string_view feature) const override {
    return gpuHasFeature(feature, arch_);
  }
  std::string targetName() const override { return gpuTarget(arch_); }

  Status open(gpu::Driver &driver) override {
    return driver.callOwn(table_.setDevice, "opening the GPU", device_);
  }
  Status enter(gpu::Driver &driver) override {
    return driver.callOwn(table_.setDevice, "using the GPU", device_);
  }
  // The runtime's context of a GPU lives as long as the process.
  void close(gpu::Driver &) override {}

  Status checkCode(gpu::Driver &, const artifact::CodeObject &code,
                   std::span<const std::byte> bytes) override {
    if (code.format() != artifact::CodeFormat::hsaco)
      return gpu::wrongCode("it is no AMD code object");
    return gpu::checkElf(bytes, "code object");
  }
  Status allowScratch(gpu::Driver &, const std::string &,
                      gpu::DriverFunctionHandle, unsigned) override {
    return Status();
  }

private:
  const HipTable table_;
  const gpu::DriverDevice device_;
  const std::string arch_;
};

} // namespace

std::unique_ptr<gpu::Platform> makePlatform(const HipTable &driver,
                                            const gpu::Gpu &gpu) {
  return std::make_unique<HipPlatform>(driver, gpu);
}

} // namespace hip

Result<std::unique_ptr<Device>> createHipDevice(int ordinal,
                                                const hip::HipTable &driver) {
  G4RT_ASSIGN(gpu::Gpu gpu,
              gpu::findGpu(driver, hip::amdGpus(driver), ordinal));
  auto platform = hip::makePlatform(driver, gpu);
  return gpu::openGpuDevice(driver, std::move(gpu), std::move(platform));
}

Result<std::unique_ptr<Device>> createHipDevice(int ordinal) {
  G4RT_ASSIGN(hip::HipTable driver, hip::loadDriver());
  return createHipDevice(ordinal, driver);
}

} // namespace g4rt
