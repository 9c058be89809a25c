//===- ArtifactTables.h - The metadata of a .g4 file ------------*- C++ -*-===//
//
// What everybody needs of an artifact who does not run it: some MB of tables,
// copied out of the file before they are checked. So what was checked is what
// is used, whatever becomes of the file.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_ARTIFACTTABLES_H
#define G4_RUNTIME_ARTIFACT_ARTIFACTTABLES_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/OpenFile.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Owns its memory; needs no file once it is read. Thread-safe after read().
class ArtifactTables {
public:
  /// Reads and checks head and metadata, in the order of docs/artifact.md.
  ///
  /// Errors: DataLoss if it is not a whole and consistent artifact of this
  /// format version; ResourceExhausted. The message starts with the file's path
  /// and says what was found and what was needed.
  static Result<ArtifactTables> read(const OpenFile &file);

  const std::string &path() const { return path_; }
  uint64_t sizeBytes() const { return sizeBytes_; }
  const artifact::Artifact &root() const { return *root_; }
  /// Where in the file the metadata begins and the data ends.
  uint64_t metadataOffset() const { return metadataOffset_; }

  /// Identifies the content: the checksum of the metadata, which holds those of
  /// the data, as 16 hexadecimal digits.
  std::string digest() const;

private:
  Status readFrom(const OpenFile &file);

  std::string path_;
  uint64_t sizeBytes_ = 0, metadataOffset_ = 0, checksum_ = 0;
  std::unique_ptr<std::byte[]> bytes_; // `root_` points into it
  const artifact::Artifact *root_ = nullptr;
};

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_ARTIFACTTABLES_H
