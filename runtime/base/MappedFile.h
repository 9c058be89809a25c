//===- MappedFile.h - A file as read-only memory ----------------*- C++ -*-===//
//
// How checkpoints and artifacts are read: the file is mapped, never copied.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_MAPPEDFILE_H
#define G4_RUNTIME_BASE_MAPPEDFILE_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <span>
#include <string>

namespace g4rt {

/// Owns a read-only, shared mapping of a whole file. An empty file maps to an
/// empty span. The mapping keeps the file's old content alive when another file
/// is renamed over it; a file truncated in place raises SIGBUS on access.
class MappedFile {
public:
  /// Errors: NotFound if the file cannot be opened, InvalidArgument if it is
  /// not a regular file, ResourceExhausted if it cannot be mapped. The message
  /// starts with `path`.
  static Result<MappedFile> open(const std::string &path);

  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  const std::string &path() const { return path_; }
  std::span<const std::byte> bytes() const { return bytes_; }

private:
  std::string path_;
  std::span<const std::byte> bytes_;
};

} // namespace g4rt

#endif // G4_RUNTIME_BASE_MAPPEDFILE_H
