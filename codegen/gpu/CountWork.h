//===- CountWork.h - What a thread of a GPU kernel does ---------*- C++ -*-===//
//
// Counts in the optimised LLVM IR of a kernel what the timing model needs
// (docs/tuning.md): from IR, because there loops say how often they run and
// loads say through which parameter, for all vendors alike, and no disassembler
// has to be there. Rules:
//
//   of a branch, the way with more instructions is the one that is taken;
//   a loop runs as often as LLVM proves, for the first thread where threads
//     differ, or else at most; what it proves nothing about depends on the
//     step's data, and one round of it is counted apart;
//   a vector is an instruction a lane, but for loads and stores, of which 16
//     bytes are one, and for pairs of 16 bits;
//   a number of 64 bits is one of 32: nearly all are indices, and machines
//     narrow them;
//   what costs no instruction on a GPU (phi, casts of pointers, picking of a
//     vector's lanes, constant offsets) is none.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_GPU_COUNTWORK_H
#define G4_CODEGEN_GPU_COUNTWORK_H

#include "compiler/backend/KernelBackend.h"

#include "llvm/IR/Module.h"

namespace g4 {

/// Gives each of `kernels` its work. `module` is optimised and not yet lowered
/// to the machine; a warp has `warpSize` lanes, which share a matrix
/// instruction.
void countWork(llvm::Module &module, int64_t warpSize,
               std::vector<KernelCode::Entry> &kernels);

} // namespace g4

#endif // G4_CODEGEN_GPU_COUNTWORK_H
