//===- MappedFile.h - A file as read-only memory ----------------*- C++ -*-===//
//
// How checkpoints and the weights of artifacts are read: the file is mapped,
// not copied.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_MAPPEDFILE_H
#define G4_RUNTIME_BASE_MAPPEDFILE_H

#include "runtime/base/OpenFile.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <span>
#include <string>

namespace g4rt {

/// Whether a file's bytes are read where they lie in the page cache, or kept in
/// memory of the process, which no writer can reach.
enum class FileBytes { Mapped, Copied };

/// Owns a read-only, shared mapping of a whole file. An empty file maps to an
/// empty span. The mapping keeps the file's old content alive when another file
/// is renamed over it. Who writes into the file changes the bytes under the
/// reader (checkUnchanged() tells afterwards), and who cuts it makes the next
/// access raise SIGBUS, which endOnLostFile() turns into a message.
class MappedFile {
public:
  /// Errors: those of OpenFile::open, ResourceExhausted if it cannot be mapped.
  /// The message starts with `path`.
  static Result<MappedFile> open(const std::string &path);
  /// The same of a file that is open. Errors: ResourceExhausted; where the
  /// bytes are copied, also if there is less memory than that, and those of
  /// OpenFile::readAt.
  static Result<MappedFile> open(OpenFile file, FileBytes from);

  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  const std::string &path() const { return file_.path(); }
  std::span<const std::byte> bytes() const { return bytes_; }
  const OpenFile &file() const { return file_; }
  /// What the process's own memory has of it.
  size_t copiedBytes() const { return isCopy_ ? bytes_.size() : 0; }

  /// Errors: DataLoss if the bytes may not be those that the file had when it
  /// was opened.
  Status checkUnchanged() const {
    return isCopy_ ? Status() : file_.checkUnchanged();
  }

private:
  OpenFile file_;
  std::span<const std::byte> bytes_;
  bool isCopy_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_BASE_MAPPEDFILE_H
