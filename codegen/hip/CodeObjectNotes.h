//===- CodeObjectNotes.h - What AMD code says of kernels --------*- C++ -*-===//

#ifndef G4_CODEGEN_HIP_CODEOBJECTNOTES_H
#define G4_CODEGEN_HIP_CODEOBJECTNOTES_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace g4 {

/// Of one kernel, by the names of LLVM's "Code Object V5 Metadata".
struct AmdResources {
  /// Registers of a lane, accumulators included where both share one file
  /// (gfx90a and newer); of them accumulators.
  int64_t vgprs = 0, agprs = 0;
  int64_t sgprs = 0;        // of a wavefront
  int64_t ldsBytes = 0;     // beside what the launch asks for
  int64_t scratchBytes = 0; // memory of a lane: spills and indexed arrays
  int64_t wavefront = 0;    // lanes
};

struct CodeObjectNotes {
  llvm::StringMap<AmdResources> kernels;
  /// All that is above, a line a kernel, in the order of the notes.
  std::string text;
};

/// Reads the note NT_AMDGPU_METADATA of a code object or object file.
/// Errors: it is no ELF file, has no such note, or the note lacks a key.
llvm::Expected<CodeObjectNotes> readCodeObjectNotes(llvm::StringRef elf);

} // namespace g4

#endif // G4_CODEGEN_HIP_CODEOBJECTNOTES_H
