//===- EmulatedCode.h - What emulated code tells of a kernel ----*- C++ -*-===//
//
// A shared object of emulated kernels has for each kernel `name` its function
// (Emulator.h) and a table `g4emu_info_<name>`. It stands where a cubin stands:
// the fake driver of test/fakecuda loads it. No LLVM here.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_EMULATOR_EMULATEDCODE_H
#define G4_CODEGEN_EMULATOR_EMULATEDCODE_H

#include <cstdint>

namespace g4 {

inline constexpr const char *kEmulatedInfoPrefix = "g4emu_info_";

/// Numbers of a kernel, all 64 bits, as the table has them.
struct EmulatedInfo {
  int64_t threads;
  int64_t warpSize;
  int64_t scratchBytes;
  /// Compute capability that the code was made for, 10 * major + minor.
  int64_t capability;
  int64_t numParams;
  /// Bit i is set if parameter i is an address.
  int64_t addressParams;
};

inline constexpr int64_t kNumEmulatedInfo =
    sizeof(EmulatedInfo) / sizeof(int64_t);

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_EMULATEDCODE_H
