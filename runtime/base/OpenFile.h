//===- OpenFile.h - A file that stays the same, or tells --------*- C++ -*-===//
//
// A descriptor outlives the name: a file that is renamed over or deleted can
// still be read, and passed to another process. What cannot be prevented is
// that somebody writes into it; that is noticed.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_OPENFILE_H
#define G4_RUNTIME_BASE_OPENFILE_H

#include "runtime/base/FileHandle.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace g4rt {

/// What a file looks like from outside. Every write, cut or hole changes it
/// (the time of the last change has the resolution of the system's clock tick,
/// some milliseconds); a new name, owner or mode does not.
struct FileState {
  uint64_t device = 0, inode = 0;
  uint64_t sizeBytes = 0;
  int64_t modified = 0; // nanoseconds since 1970

  bool operator==(const FileState &) const = default;
};

/// Of the file that has this name now. Errors: NotFound.
Result<FileState> stateOf(const std::string &path);

/// A regular file that is open for reading. Thread-safe but for moves.
class OpenFile {
public:
  /// Errors: NotFound if the file cannot be opened, InvalidArgument if it is
  /// not a regular file. The message starts with `path`.
  static Result<OpenFile> open(const std::string &path);
  /// A file that another process has opened and passed on; `path` is for
  /// messages. Errors: as above.
  static Result<OpenFile> adopt(FileHandle descriptor, std::string path);

  OpenFile() = default;

  int descriptor() const { return descriptor_.get(); }
  const std::string &path() const { return path_; }
  /// Of when it was opened.
  const FileState &state() const { return state_; }
  uint64_t sizeBytes() const { return state_.sizeBytes; }

  /// Fills `to` with the bytes from `offset` on. Errors: DataLoss if the file
  /// has not so many or cannot be read.
  Status readAt(uint64_t offset, std::span<std::byte> to) const;

  /// Errors: DataLoss if the file was written to since it was opened. What was
  /// read before a success is what the file was when it was opened.
  Status checkUnchanged() const;

private:
  FileHandle descriptor_;
  std::string path_;
  FileState state_;
};

/// All of a file that somebody wrote by hand: keys, certificates. Errors:
/// those of OpenFile::open() and readAt(); InvalidArgument beyond 1 MiB. The
/// message starts with `path`.
Result<std::string> readSmallFile(const std::string &path);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_OPENFILE_H
