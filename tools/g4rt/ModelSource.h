//===- ModelSource.h - The file that a server's engines come from -*- C++
//-*-===//
//
// The server reads the tables once and maps nothing, so nothing that happens to
// the file can end it. It keeps the file open: an engine that is lost comes
// back from it, also when it was renamed over or deleted meanwhile.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_MODELSOURCE_H
#define G4_TOOLS_G4RT_MODELSOURCE_H

#include "runtime/artifact/ArtifactTables.h"
#include "runtime/artifact/Label.h"
#include "runtime/base/OpenFile.h"

#include <optional>
#include <string>

namespace g4rt {

/// tables() and noticeChange() are for one thread, fileForEngine() for another.
class ModelSource {
public:
  /// Errors: those of OpenFile::open and ArtifactTables::read.
  static Result<ModelSource> open(const std::string &path);

  const ArtifactTables &tables() const { return tables_; }
  /// Errors: those of readLabel.
  Result<std::optional<ModelLabel>> label() const {
    return readLabel(tables_, file_);
  }

  struct EngineFile {
    int descriptor = -1; // this object's
    /// Its bytes were written to since: their checksums must be compared.
    bool mayBeDamaged = false;
  };
  /// Where the next engine reads the model: the file that was opened first, or
  /// the one that has its name now, if that is the same model.
  ///
  /// Errors: DataLoss if neither is.
  Result<EngineFile> fileForEngine();

  /// What has become of the file since the last call, for the log: "was
  /// deleted"; none if nothing.
  std::optional<std::string> noticeChange();

private:
  ModelSource(OpenFile file, ArtifactTables tables)
      : file_(std::move(file)), tables_(std::move(tables)),
        first_(file_.state()), lastSeen_(first_) {}

  bool isThisModel(const OpenFile &file) const;

  OpenFile file_; // of fileForEngine()
  ArtifactTables tables_;
  FileState first_;
  std::optional<FileState> lastSeen_; // of the name; none: there was no file
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_MODELSOURCE_H
