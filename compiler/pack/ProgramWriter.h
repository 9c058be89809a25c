//===- ProgramWriter.h - A g4x.program as tables of the artifact *- C++ -*-===//

#ifndef G4_COMPILER_PACK_PROGRAMWRITER_H
#define G4_COMPILER_PACK_PROGRAMWRITER_H

#include "dialects/exec/Exec.h"
#include "runtime/artifact/Artifact_generated.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace g4 {

/// Writes the program of one target's module.
class ProgramWriter {
public:
  /// `weights` says which weight of the artifact a name of this module is.
  ProgramWriter(mlir::ModuleOp module, const llvm::StringMap<uint32_t> &weights,
                flatbuffers::FlatBufferBuilder &builder);

  flatbuffers::Offset<artifact::Program> writeProgram();
  std::vector<flatbuffers::Offset<artifact::Generator>> writeGenerators();
  /// The kernels of `code`, each with the parameters that its launches bind and
  /// what it reaches through them.
  std::vector<flatbuffers::Offset<artifact::Kernel>>
  writeKernels(exec::CodeOp code);

private:
  struct LaunchedKernel;

  artifact::Reach reachOf(mlir::Attribute arg, bool begins);
  artifact::KernelUseT useOf(exec::LaunchOp launch, llvm::StringSet<> &begun);
  std::vector<LaunchedKernel> launchedKernels();
  artifact::Arg argOf(mlir::Attribute arg);
  std::vector<artifact::Arg> argsOf(exec::LaunchOp launch);
  flatbuffers::Offset<artifact::Work>
  workOf(std::optional<mlir::ArrayAttr> works, size_t i);
  flatbuffers::Offset<artifact::Bucket> writeBucket(exec::BucketOp bucket);

  mlir::ModuleOp module_;
  const llvm::StringMap<uint32_t> &weights_;
  flatbuffers::FlatBufferBuilder &b_;
  llvm::StringMap<uint32_t> buffers_, caches_, kernels_;
};

} // namespace g4

#endif // G4_COMPILER_PACK_PROGRAMWRITER_H
