//===- SessionFile.h - Keys and values of a prefix in a file ----*- C++ -*-===//
//
//   magic and version, 8 bytes    size of the rest of the head, u64
//   checksum of the head, u64     rest: SessionFormat, then SessionHead
//   pages: checksum, u64, and SessionFormat::pageBytes each
//   window pages: checksum, u64, and SessionFormat::windowPageBytes each
//
// Numbers are little endian. A file is read only by the program that wrote it
// (SessionFormat), only if its size is right to the byte, and no page of it is
// of use whose checksum is wrong: a file that was cut, damaged or half written
// is refused.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_SESSION_SESSIONFILE_H
#define G4_RUNTIME_ENGINE_SESSION_SESSIONFILE_H

#include "runtime/base/OpenFile.h"
#include "runtime/base/Status.h"
#include "runtime/kv/PagePool.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// What gives the bytes of a page their meaning.
struct SessionFormat {
  /// Digest of the artifact, the target whose code runs and g4's version.
  std::string model = {};
  int64_t pageSize = 0; // tokens
  int64_t window = 0;   // tokens, 0: no window layers
  uint64_t pageBytes = 0, windowPageBytes = 0;

  bool operator==(const SessionFormat &) const = default;
};

/// Which pages a file has: of the prefix `tokens`, pages `firstPage` up to the
/// last one, and window pages `firstWindowPage` up to the last one (possibly
/// none).
struct SessionHead {
  std::string salt = {}; // SequenceRequest::cacheSalt
  std::vector<int32_t> tokens = {};
  int64_t firstPage = 0, firstWindowPage = 0;

  int64_t firstOf(PageKind kind) const {
    return kind == PageKind::Window ? firstWindowPage : firstPage;
  }
  /// Of the prefix, those before firstPage included.
  int64_t numPages(int64_t pageSize) const {
    return (static_cast<int64_t>(tokens.size()) + pageSize - 1) / pageSize;
  }
};

/// Bytes of the pages of such a file, without checksums: what writeSession()
/// wants; and of the whole file.
uint64_t sessionDataBytes(const SessionFormat &format, const SessionHead &head);
uint64_t sessionFileBytes(const SessionFormat &format, const SessionHead &head);

/// Writes a file whole or not at all. `data` are its pages, then its window
/// pages. It is not waited for until it is on the disk: what is lost with the
/// machine is refused later. Errors: those of AtomicFile.
Status writeSession(const std::string &path, const SessionFormat &format,
                    const SessionHead &head, std::span<const std::byte> data);

/// A file whose head was checked.
class SessionReader {
public:
  /// Errors: NotFound if there is no such file; DataLoss if it is none of ours,
  /// of another model, version or sizes, or damaged.
  static Result<SessionReader> open(const std::string &path,
                                    const SessionFormat &format);

  const SessionHead &head() const { return head_; }
  uint64_t sizeBytes() const { return file_.sizeBytes(); }

  /// Reads every page. Errors: DataLoss.
  Status checkPages() const;
  /// Page number `page` of the prefix, which the file has. Errors: DataLoss.
  Result<std::vector<std::byte>> read(PageKind kind, int64_t page) const;
  /// Makes it the file that was used last. It does not matter if that fails.
  void touch() const;

private:
  SessionReader(OpenFile file, const SessionFormat &format)
      : file_(std::move(file)), format_(format) {}
  Status readHead();
  Status checkSize() const;
  Status damaged(const std::string &what) const;

  OpenFile file_;
  SessionFormat format_;
  SessionHead head_;
  uint64_t headBytes_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_SESSION_SESSIONFILE_H
