//===- CpuFeatures.h - What this processor can do ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CPU_CPUFEATURES_H
#define G4_RUNTIME_DEVICE_CPU_CPUFEATURES_H

#include <string_view>

namespace g4rt {

/// Whether the processor and the kernel have the feature of this name, as LLVM
/// spells it ("avx2", "avx512bf16"); false for names that are not known.
bool hasCpuFeature(std::string_view name);

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CPU_CPUFEATURES_H
