//===- AssemblerLog.h - What ptxas says about kernels -----------*- C++ -*-===//

#ifndef G4_CODEGEN_CUDA_ASSEMBLERLOG_H
#define G4_CODEGEN_CUDA_ASSEMBLERLOG_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace g4 {

/// What a thread of a kernel needs.
struct KernelResources {
  int64_t registers = 0;
  /// Stored for lack of registers, and local memory of any kind.
  int64_t spillBytes = 0, stackBytes = 0;
};

/// Reads a verbose log of nvJitLink, which has for each kernel
///
///   ptxas info    : Function properties for NAME
///   ptxas         .     16 bytes stack frame, 8 bytes spill stores, 4 bytes ..
///   ptxas info    : Used 40 registers, used 1 barriers, ...
///   info    : Function properties for 'NAME':
///   info    : used 40 registers, used 1 barriers, 16 stack, .., 16 bytes lmem
///
/// Lines that are none of these are passed over.
llvm::StringMap<KernelResources> parseAssemblerLog(llvm::StringRef log);

} // namespace g4

#endif // G4_CODEGEN_CUDA_ASSEMBLERLOG_H
