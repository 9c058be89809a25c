//===- EmulatedCode.h - What emulated code tells of a kernel ----*- C++ -*-===//
//
// A shared object of emulated kernels has for each kernel `name` its function
// (Emulator.h) and a table `g4emu_info_<name>`; for all of them it has the
// number of the GPU that the code is for, an i64: of NVIDIA's the compute
// capability, 10 * major + minor, of AMD's the hexadecimal digits after "gfx".
// It stands where a GPU's code stands: the fake driver of test/fakedriver loads
// it. No LLVM here.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_EMULATOR_EMULATEDCODE_H
#define G4_CODEGEN_EMULATOR_EMULATEDCODE_H

#include <cstdint>

namespace g4 {

inline constexpr const char *kEmulatedInfoPrefix = "g4emu_info_";
inline constexpr const char *kEmulatedCapability = "g4emu_capability";

/// Numbers of a kernel, all 64 bits, as the table has them.
struct EmulatedInfo {
  int64_t threads;
  int64_t warpSize;
  int64_t scratchBytes;
  int64_t numParams;
  /// Bit i is set if parameter i is an address.
  int64_t addressParams;
};

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_EMULATEDCODE_H
