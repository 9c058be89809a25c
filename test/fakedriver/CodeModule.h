//===- CodeModule.h - Emulated code where a GPU's would be ------*- C++ -*-===//

#ifndef G4_TEST_FAKEDRIVER_CODEMODULE_H
#define G4_TEST_FAKEDRIVER_CODEMODULE_H

#include "codegen/emulator/EmulatedCode.h"
#include "codegen/emulator/Emulator.h"

#include <array>
#include <map>
#include <memory>
#include <string>

#include "test/fakedriver/Settings.h"
#include "test/fakedriver/Types.h"

namespace g4::fakedriver {

/// A kernel of a module.
struct Function {
  std::string name;
  EmulatedFunction code = nullptr;
  EmulatedInfo info{};
  int maxDynamicSharedBytes = 0;
};

/// A shared object of the emulated back end, loaded into this process.
class CodeModule {
public:
  CodeModule() = default;
  CodeModule(const CodeModule &) = delete;
  ~CodeModule();

  /// Loads what begins at `image`, whose own head says where it ends. `log`
  /// says why it cannot: code of a real GPU cannot be run here, nor emulated
  /// code that is not for `device`.
  Result load(const void *image, const DeviceSettings &device,
              std::string &log);

  /// The kernel of this name; null if there is none. The same object each time.
  Function *find(const std::string &name);
  /// Whether the image is still where load() found it, if it must be.
  bool hasImage() const;
  /// Whether it is a function that find() gave.
  bool has(const void *function) const;

private:
  bool isFor(const DeviceSettings &device) const;

  void *library_ = nullptr;
  int file_ = -1; // that the library lies in
  const void *image_ = nullptr;
  std::array<char, 64> head_{}; // of the image
  int scratchBytes_ = 0;        // that a launch may ask for
  std::map<std::string, std::unique_ptr<Function>> functions_;
};

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_CODEMODULE_H
