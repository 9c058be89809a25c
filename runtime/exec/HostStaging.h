//===- HostStaging.h - Memory of the host beside a device's -----*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_HOSTSTAGING_H
#define G4_RUNTIME_EXEC_HOSTSTAGING_H

#include "runtime/exec/MemoryPlan.h"

namespace g4rt {

/// Bytes of the host through which a step's numbers go to the device and its
/// logits come back, and, on a GPU, weights at load. On a CPU the device's
/// memory is the host's: the copy of a step's numbers is all.
uint64_t hostBytes(const MemoryPlan &plan, const artifact::Variant &variant);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_HOSTSTAGING_H
