//===- KernelBackend.h - What the pipeline asks of a target -----*- C++ -*-===//
//
// The compiler knows targets only through this interface; codegen/ implements
// it and tools/ chooses which ones there are. So compiler/ never includes
// codegen/.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_BACKEND_KERNELBACKEND_H
#define G4_COMPILER_BACKEND_KERNELBACKEND_H

#include "dialects/tile/Tile.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace g4 {

/// What one thread of a kernel does; the artifact's Work says what each number
/// is.
struct KernelWork {
  int64_t instructions = 0, integers = 0, specials = 0, barriers = 0;
  int64_t matrixProducts = 0, sharedBytes = 0, storedBytes = 0;
  int64_t bytesInFlight = 0;
  std::vector<int64_t> loadedBytes; // of each parameter
};

/// Outside of the loops that run as often as the step's data say, and one round
/// of all of those.
struct CountedWork {
  KernelWork once, round;
};

/// Code of all kernels of one target, as it goes into the artifact.
struct KernelCode {
  /// "elf_shared_object", "ptx", "cubin", "hsaco".
  std::string format;
  std::string binary;
  struct Entry {
    std::string symbol;
    int64_t scratchBytes = 0;
    int64_t threads = 1;
    /// What an assembler gave each thread; 0 registers where none said.
    int64_t registers = 0, spillBytes = 0;
    /// None where the back end does not count.
    std::optional<CountedWork> work = {};
  };
  /// What a person should know, each with the name of the kernel ("@k: ..") or
  /// of the target in front.
  std::vector<std::string> warnings;
  /// What the assembler said, and what it was given where that is another
  /// format than `binary`; may be empty.
  std::string log, assembly;
  std::vector<Entry> kernels;
};

/// The part of making code that is left when the IR has been read. Any thread
/// may call it, once, beside those of other targets.
using CodeJob = std::function<llvm::Expected<KernelCode>()>;

/// One target: "x86-64-v4", "sm90". Stateless after construction.
class KernelBackend {
public:
  virtual ~KernelBackend() = default;

  /// The value of --target that selects it.
  virtual llvm::StringRef name() const = 0;

  /// The machine as numbers and answers, for the phases that choose tiles: they
  /// read this attribute and never the back end.
  virtual tile::TargetAttr describe(mlir::MLIRContext *context) const = 0;

  /// Code for every g4t.kernel in `module`, which is left as it is.
  ///
  /// Errors: what the target's compiler said, with the kernel's name in front;
  /// problems of a kernel are reported on its ops besides.
  virtual llvm::Expected<KernelCode> emit(mlir::ModuleOp module) const = 0;

  /// emit() in two parts, for back ends whose longer part needs no IR; the
  /// back end outlives the job. All others do everything at once.
  virtual llvm::Expected<CodeJob> prepare(mlir::ModuleOp module) const {
    auto code = emit(module);
    if (!code)
      return code.takeError();
    auto made = std::make_shared<KernelCode>(std::move(*code));
    return CodeJob(
        [made]() -> llvm::Expected<KernelCode> { return std::move(*made); });
  }

  /// What is left of the job's code when all jobs are done: linking, which
  /// changes LLVM's global options, so that no thread may make code meanwhile.
  /// emit() has done it.
  virtual llvm::Error finish(KernelCode &code) const {
    return llvm::Error::success();
  }
};

} // namespace g4

#endif // G4_COMPILER_BACKEND_KERNELBACKEND_H
