//===- CodeModule.h - Emulated code where a cubin would be ------*- C++ -*-===//

#ifndef G4_TEST_FAKECUDA_CODEMODULE_H
#define G4_TEST_FAKECUDA_CODEMODULE_H

#include "codegen/emulator/EmulatedCode.h"
#include "codegen/emulator/Emulator.h"

#include <map>
#include <memory>
#include <string>

#include "test/fakecuda/CudaTypes.h"

namespace g4::fakecuda {

/// A kernel of a module.
struct Function {
  std::string name;
  EmulatedFunction code = nullptr;
  EmulatedInfo info{};
  int maxDynamicSharedBytes = kDefaultSharedBytes;
};

/// A shared object of the emulated back end, loaded into this process.
class CodeModule {
public:
  CodeModule() = default;
  CodeModule(const CodeModule &) = delete;
  ~CodeModule();

  /// Loads what begins at `image`, whose own head says where it ends. `log`
  /// says why it cannot: PTX and real cubins cannot be run here, nor code that
  /// is not for `capability`, 10 * major + minor.
  Result load(const void *image, int64_t capability, std::string &log);

  /// The kernel of this name; null if there is none. The same object each time.
  Function *find(const std::string &name);
  /// Whether it is a function that find() gave.
  bool has(const void *function) const;

private:
  bool isFor(int64_t capability) const;

  void *library_ = nullptr;
  int file_ = -1; // that the library lies in
  std::map<std::string, std::unique_ptr<Function>> functions_;
};

} // namespace g4::fakecuda

#endif // G4_TEST_FAKECUDA_CODEMODULE_H
