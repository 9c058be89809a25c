//===- ScriptedVendors.cpp - The scripted driver as each vendor's ---------===//

#include "test/support/ScriptedVendors.h"

#include "runtime/device/cuda/CudaDevice.h"
#include "runtime/device/cuda/Gpu.h"
#include "runtime/device/hip/Gpu.h"
#include "runtime/device/hip/HipDevice.h"

namespace g4rt {

static ScriptedVendor nvidia() {
  using Script = const ScriptedDriver &;
  return {.name = "Cuda",
          .kind = artifact::DeviceKind::cuda,
          .format = artifact::CodeFormat::cubin,
          .table = [](Script script) { return script.table(); },
          .look = [](Script) { return cuda::nvidiaGpus(); },
          .platform =
              [](Script script, const gpu::Gpu &gpu) {
                return cuda::makePlatform(script.table(), gpu);
              },
          .create =
              [](Script script, int ordinal) {
                return createCudaDevice(ordinal, script.table());
              }};
}

static ScriptedVendor amd() {
  using Script = const ScriptedDriver &;
  return {.name = "Hip",
          .kind = artifact::DeviceKind::hip,
          .format = artifact::CodeFormat::hsaco,
          .table = [](Script script) { return script.hipTable(); },
          .look = [](Script script) { return hip::amdGpus(script.hipTable()); },
          .platform =
              [](Script script, const gpu::Gpu &gpu) {
                return hip::makePlatform(script.hipTable(), gpu);
              },
          .create =
              [](Script script, int ordinal) {
                return createHipDevice(ordinal, script.hipTable());
              }};
}

std::vector<ScriptedVendor> scriptedVendors() { return {nvidia(), amd()}; }

} // namespace g4rt
