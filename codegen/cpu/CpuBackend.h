//===- CpuBackend.h - Kernels for x86 processors ----------------*- C++ -*-===//

#ifndef G4_CODEGEN_CPU_CPUBACKEND_H
#define G4_CODEGEN_CPU_CPUBACKEND_H

#include "codegen/cpu/CpuTarget.h"
#include "compiler/backend/KernelBackend.h"

#include <memory>

namespace g4 {

/// A back end that emits an ELF shared object for `target`, which outlives it.
std::unique_ptr<KernelBackend> createCpuBackend(const CpuTarget &target);

} // namespace g4

#endif // G4_CODEGEN_CPU_CPUBACKEND_H
