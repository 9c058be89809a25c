//===- EmulatedBackend.h - GPU kernels as code for this CPU -----*- C++ -*-===//

#ifndef G4_CODEGEN_EMULATOR_EMULATEDBACKEND_H
#define G4_CODEGEN_EMULATOR_EMULATEDBACKEND_H

#include "compiler/backend/KernelBackend.h"

#include <memory>

namespace g4 {

/// A back end with the name and the description of `gpu`, so that every phase
/// up to emit does what it does for the GPU, whose code runs in the emulator:
/// the format is "cubin" or "hsaco", the bytes are a shared object for
/// x86-64-v3 (EmulatedCode.h) with the emulator's functions undefined. For
/// tests: the fake drivers of test/fakecuda and test/fakehip load it.
std::unique_ptr<KernelBackend>
createEmulatedBackend(std::unique_ptr<KernelBackend> gpu);

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_EMULATEDBACKEND_H
