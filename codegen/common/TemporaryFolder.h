//===- TemporaryFolder.h - Where a linker's files lie -----------*- C++ -*-===//

#ifndef G4_CODEGEN_COMMON_TEMPORARYFOLDER_H
#define G4_CODEGEN_COMMON_TEMPORARYFOLDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace g4 {

/// A folder of this process alone, in the system's place for such, removed with
/// all that is in it. That of a process which was killed is removed by the next
/// create(), of whatever process: the lock on a folder says that it is in use.
class TemporaryFolder {
public:
  static llvm::Expected<TemporaryFolder> create();

  TemporaryFolder(TemporaryFolder &&other) noexcept;
  TemporaryFolder &operator=(TemporaryFolder &&) = delete;
  ~TemporaryFolder();

  std::string pathOf(llvm::StringRef file) const;

private:
  TemporaryFolder(std::string path, int lock)
      : path_(std::move(path)), lock_(lock) {}

  std::string path_; // empty: moved from
  int lock_ = -1;    // the open folder
};

} // namespace g4

#endif // G4_CODEGEN_COMMON_TEMPORARYFOLDER_H
