//===- HostStaging.cpp - Memory of the host beside a device's -------------===//

#include "runtime/exec/HostStaging.h"

#include "runtime/device/gpu/PinnedStaging.h"
#include "runtime/exec/HostLogits.h"
#include "runtime/exec/StepInputs.h"

namespace g4rt {

uint64_t hostBytes(const MemoryPlan &plan, const artifact::Variant &variant) {
  uint64_t inputs = StepInputs::bytesOf(plan.limits, *variant.program());
  if (variant.device() == artifact::DeviceKind::cpu)
    return inputs;
  return inputs + gpu::PinnedStaging::totalBytes() +
         HostLogits::bytesOf(plan.limits, *variant.program());
}

} // namespace g4rt
