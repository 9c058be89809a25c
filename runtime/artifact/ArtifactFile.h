//===- ArtifactFile.h - Open and check a .g4 file ---------------*- C++ -*-===//
//
// The one reader of artifacts: g4rt loads through it, g4c inspect and verify
// look through it. docs/artifact.md lists what is checked and in which order.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_ARTIFACTFILE_H
#define G4_RUNTIME_ARTIFACT_ARTIFACTFILE_H

#include "runtime/artifact/ArtifactTables.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// What DataVerification::UpToOneGiB means; docs/artifact.md promises it.
inline constexpr uint64_t kVerifiedAtLoadBytes = uint64_t{1} << 30;

/// Which files have the checksums of their weights compared when they are
/// loaded: it takes the time that reading them takes.
enum class DataVerification : uint8_t { UpToOneGiB, Always, Never };

/// Bytes that are done, and of all; from the thread that loads.
using LoadProgress = std::function<void(uint64_t done, uint64_t total)>;

/// An open artifact. Everything it returns lives as long as this object: tables
/// in its memory, data where the file is mapped. Thread-safe after open().
class ArtifactFile {
public:
  /// Reads the tables of `path`, maps the file and checks everything but the
  /// weights' checksums.
  ///
  /// Errors: NotFound or InvalidArgument if the file cannot be mapped, DataLoss
  /// if it is not a whole and consistent artifact of this format version. The
  /// message starts with `path` and says what was found and what was needed.
  static Result<ArtifactFile> open(const std::string &path);
  /// The same of a file that is open.
  static Result<ArtifactFile> open(OpenFile file,
                                   FileBytes from = FileBytes::Mapped);

  const ArtifactTables &tables() const { return tables_; }
  const std::string &path() const { return tables_.path(); }
  const OpenFile &file() const { return file_.file(); }
  uint64_t sizeBytes() const { return tables_.sizeBytes(); }
  /// What the process's own memory has of it.
  uint64_t copiedBytes() const { return file_.copiedBytes(); }
  const artifact::Artifact &root() const { return tables_.root(); }
  std::string digest() const { return tables_.digest(); }

  std::span<const std::byte> bytesOf(const artifact::Span &span) const {
    return file_.bytes().subspan(span.offset(), span.size());
  }

  /// Compares the checksum of every segment of the data and looks for anything
  /// but zeros between them: with open() this finds any changed byte.
  ///
  /// Errors: DataLoss naming the first weight or code object that differs.
  /// `progress`, if there is one, is told how much was compared.
  Status verifyData(const LoadProgress &progress = {}) const;

  /// Errors: DataLoss if the mapped data may be others than those of open():
  /// then nothing that was computed from them may be believed.
  Status checkUnchanged() const { return file_.checkUnchanged(); }

private:
  ArtifactFile(ArtifactTables tables, MappedFile file)
      : tables_(std::move(tables)), file_(std::move(file)) {}

  Status verifyCode() const;
  /// Of a segment that ends with its own checksum.
  Status verifySelfChecked(const char *kind, const artifact::Span &span) const;
  Status verifyGaps() const;
  /// `kind` and `name` say what the bytes are.
  Status compare(const char *kind, const flatbuffers::String &name,
                 const artifact::Span &span, uint64_t expected) const;

  ArtifactTables tables_;
  MappedFile file_;
};

/// verifyData() where the policy asks for it of a file of this size.
Status verifyAtLoad(const ArtifactFile &file, DataVerification policy,
                    const LoadProgress &progress = {});

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_ARTIFACTFILE_H
