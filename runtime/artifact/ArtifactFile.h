//===- ArtifactFile.h - Open and check a .g4 file ---------------*- C++ -*-===//
//
// The one reader of artifacts: g4rt loads through it, g4c inspect and verify
// look through it. docs/artifact.md lists what is checked and in which order.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_ARTIFACTFILE_H
#define G4_RUNTIME_ARTIFACT_ARTIFACTFILE_H

#include "runtime/artifact/Artifact_generated.h"
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

/// An open artifact. Everything it returns points into the mapping and lives as
/// long as this object. Thread-safe after open().
class ArtifactFile {
public:
  /// Maps `path` and checks everything but the weights' checksums.
  ///
  /// Errors: NotFound or InvalidArgument if the file cannot be mapped, DataLoss
  /// if it is not a whole and consistent artifact of this format version. The
  /// message starts with `path` and says what was found and what was needed.
  static Result<ArtifactFile> open(const std::string &path);

  const std::string &path() const { return file_.path(); }
  uint64_t sizeBytes() const { return file_.bytes().size(); }
  const artifact::Artifact &root() const { return *metadata_.root; }

  std::span<const std::byte> bytesOf(const artifact::Span &span) const {
    return file_.bytes().subspan(span.offset(), span.size());
  }

  /// Compares the checksum of every segment of the data and looks for anything
  /// but zeros between them: with open() this finds any changed byte.
  ///
  /// Errors: DataLoss naming the first weight or code object that differs.
  /// `progress`, if there is one, is told how much was compared.
  Status verifyData(const LoadProgress &progress = {}) const;

  /// Identifies the content: the checksum of the metadata, which holds those of
  /// the data, as 16 hexadecimal digits.
  std::string digest() const;

private:
  struct Metadata {
    const artifact::Artifact *root;
    uint64_t offset;
    uint64_t checksum;
  };
  static Result<Metadata> readMetadata(std::span<const std::byte> file);

  ArtifactFile(MappedFile file, Metadata metadata)
      : file_(std::move(file)), metadata_(metadata) {}

  Status verifyCode() const;
  /// Of a segment that ends with its own checksum.
  Status verifySelfChecked(const char *kind, const artifact::Span &span) const;
  Status verifyGaps() const;
  /// `kind` and `name` say what the bytes are.
  Status compare(const char *kind, const flatbuffers::String &name,
                 const artifact::Span &span, uint64_t expected) const;

  MappedFile file_;
  Metadata metadata_;
};

/// verifyData() where the policy asks for it of a file of this size.
Status verifyAtLoad(const ArtifactFile &file, DataVerification policy,
                    const LoadProgress &progress = {});

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_ARTIFACTFILE_H
