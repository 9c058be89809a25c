//===- AtomicFile.h - Write a file whole or not at all ----------*- C++ -*-===//
//
// Every file that this project writes for others to read goes through here: a
// reader sees the old file or the complete new one, also after a crash.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_ATOMICFILE_H
#define G4_RUNTIME_BASE_ATOMICFILE_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace g4rt {

/// Whether a file and its name are on the disk when it is committed, or get
/// there when the system likes: after a crash of the machine there may be the
/// old file, or the name with other content.
enum class Durable : uint8_t { No, Yes };

/// Who may read a new file: whoever the process' umask allows, or its owner
/// alone.
enum class FileReaders : uint8_t { All, Owner };

/// A new file that becomes visible at `path` only by commit(): bytes go to a
/// file without a name in the same folder, so that a killed process leaves
/// nothing; commit() flushes it to disk, names it `.<name>.tmp-<pid>`, renames
/// that and flushes the folder. Where the file system has no nameless files it
/// has that name from the start: the destructor removes it, or, if the process
/// was killed, the next create().
class AtomicFile {
public:
  /// Errors: InvalidArgument if the temporary file cannot be made, or if `path`
  /// is there and no regular file, which the rename would destroy.
  static Result<AtomicFile> create(const std::string &path,
                                   FileReaders readers = FileReaders::All);

  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile();

  /// Bytes appended so far.
  uint64_t size() const { return size_; }

  /// Errors, here and below: ResourceExhausted with the path and the cause. A
  /// file that had one cannot be committed any more.
  Status append(std::span<const std::byte> bytes);
  /// Appends zeros up to the next multiple of `alignment`.
  Status alignTo(uint64_t alignment);
  /// Appends zeros that take no room on the disk.
  Status skip(uint64_t bytes);
  /// Overwrites bytes that were appended before.
  Status overwrite(uint64_t offset, std::span<const std::byte> bytes);
  /// A path under which this process can read what was appended so far, as long
  /// as this object lives.
  Result<std::string> readablePath();
  Status commit(Durable durable = Durable::Yes);

private:
  AtomicFile(std::string path, std::string temporary);
  bool open(FileReaders readers);
  Status flushBuffer();
  /// Has the disk begin to write the last bytes of the file.
  void beginToFlush(uint64_t numBytes);
  Status failure(const char *call);

  std::string path_;
  std::string temporary_;
  int fd_ = -1;
  bool hasName_ = false; // at temporary_
  uint64_t size_ = 0;
  bool failed_ = false;
  std::string buffer_; // small appends, gathered
};

/// Writes `bytes` to `path` through an AtomicFile.
Status writeFileAtomically(const std::string &path,
                           std::span<const std::byte> bytes);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_ATOMICFILE_H
