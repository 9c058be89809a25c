//===- MachineCode.h - LLVM IR to machine code ------------------*- C++ -*-===//
//
// What all targets do alike after their own lowering: make LLVM's machine,
// optimise for it, print assembly or an object file.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_COMMON_MACHINECODE_H
#define G4_CODEGEN_COMMON_MACHINECODE_H

#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace g4 {

/// Names of LLVM's for a machine.
struct MachineSpec {
  std::string triple;   // "nvptx64-nvidia-cuda"
  std::string cpu;      // "sm_90a"
  std::string features; // "+avx2,+fma"; may be empty
};

/// The caller has initialised the triple's target in LLVM.
/// Errors: LLVM was built without the target.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeTargetMachine(const MachineSpec &spec);

/// Runs LLVM's O3 pipeline with `tuning` for `machine`.
void optimizeModule(llvm::Module &module, llvm::TargetMachine &machine,
                    llvm::PipelineTuningOptions tuning = {});

/// Assembly or an object file. Errors: the machine has no generator for `type`.
llvm::Expected<std::string> emitMachineCode(llvm::Module &module,
                                            llvm::TargetMachine &machine,
                                            llvm::CodeGenFileType type);

} // namespace g4

#endif // G4_CODEGEN_COMMON_MACHINECODE_H
