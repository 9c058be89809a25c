//===- FileHandle.h - A file descriptor and its owner -----------*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_FILEHANDLE_H
#define G4_RUNTIME_BASE_FILEHANDLE_H

#include <unistd.h>
#include <utility>

namespace g4rt {

/// Closes its descriptor when it is destroyed; -1 is none.
class FileHandle {
public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(FileHandle &&other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle &operator=(FileHandle &&other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileHandle() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }

  int get() const { return descriptor_; }

private:
  int descriptor_ = -1;
};

} // namespace g4rt

#endif // G4_RUNTIME_BASE_FILEHANDLE_H
