//===- ModelSource.cpp - The file that a server's engines come from -------===//

#include "tools/g4rt/ModelSource.h"

#include <unistd.h>

namespace g4rt {

Result<ModelSource> ModelSource::open(const std::string &path) {
  G4RT_ASSIGN(OpenFile file, OpenFile::open(path));
  G4RT_ASSIGN(ArtifactTables tables, ArtifactTables::read(file));
  return ModelSource(std::move(file), std::move(tables));
}

bool ModelSource::isThisModel(const OpenFile &file) const {
  auto tables = ArtifactTables::read(file);
  return tables && tables->digest() == tables_.digest();
}

Result<ModelSource::EngineFile> ModelSource::fileForEngine() {
  Status status = file_.checkUnchanged();
  if (status.ok())
    return EngineFile{file_.descriptor(), file_.state() != first_};
  // As it is now: somebody may have put the same bytes back.
  auto same =
      OpenFile::adopt(FileHandle(::dup(file_.descriptor())), tables_.path());
  if (same && isThisModel(*same))
    return EngineFile{file_.descriptor(), /*mayBeDamaged=*/true};
  auto named = OpenFile::open(tables_.path());
  if (!named || !isThisModel(*named))
    return std::move(status).during("waiting for the model with digest " +
                                    tables_.digest());
  file_ = *std::move(named);
  return EngineFile{file_.descriptor(), /*mayBeDamaged=*/true};
}

static std::string describe(const std::optional<FileState> &now,
                            const FileState &first) {
  if (!now)
    return "was deleted; the open file is served on";
  if (now->device != first.device || now->inode != first.inode)
    return "is another file now; the open one is served until the server is "
           "started again";
  if (now->sizeBytes != first.sizeBytes)
    return "has " + std::to_string(now->sizeBytes) + " bytes, had " +
           std::to_string(first.sizeBytes);
  return *now == first ? "is as it was" : "was written to";
}

std::optional<std::string> ModelSource::noticeChange() {
  auto found = stateOf(tables_.path());
  auto now = found ? std::optional(*found) : std::nullopt;
  if (now == lastSeen_)
    return std::nullopt;
  lastSeen_ = now;
  return describe(now, first_);
}

} // namespace g4rt
