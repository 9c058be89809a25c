//===- ArtifactFile.cpp - Open and check a .g4 file -----------------------===//

#include "runtime/artifact/ArtifactFile.h"

#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace g4rt {

Result<ArtifactFile> ArtifactFile::open(const std::string &path) {
  G4RT_ASSIGN(OpenFile file, OpenFile::open(path));
  return open(std::move(file));
}

Result<ArtifactFile> ArtifactFile::open(OpenFile opened, FileBytes from) {
  G4RT_ASSIGN(ArtifactTables tables, ArtifactTables::read(opened));
  G4RT_ASSIGN(MappedFile mapped, MappedFile::open(std::move(opened), from));
  ArtifactFile file(std::move(tables), std::move(mapped));
  G4RT_TRY(file.verifyCode());
  return file;
}

Status ArtifactFile::compare(const char *kind, const flatbuffers::String &name,
                             const artifact::Span &span,
                             uint64_t expected) const {
  if (checksum(bytesOf(span)) == expected)
    return Status();
  return Status(StatusCode::DataLoss, path() + ": damaged: the checksum of " +
                                          kind + name.str() + " differs");
}

// Small, and it will be run: always compared.
Status ArtifactFile::verifyCode() const {
  for (const artifact::CodeObject *code : *root().code())
    G4RT_TRY(compare("the code for ", *code->target(), *code->data(),
                     code->checksum()));
  return Status();
}

// Canary and label come from running the file, when its metadata is written.
Status ArtifactFile::verifySelfChecked(const char *kind,
                                       const artifact::Span &span) const {
  auto bytes = bytesOf(span);
  uint64_t stored = 0;
  size_t size = bytes.size() - sizeof(stored);
  std::memcpy(&stored, bytes.data() + size, sizeof(stored));
  artifact::Span values(span.offset(), size);
  return compare(kind, *root().model()->name(), values, stored);
}

Status ArtifactFile::verifyGaps() const {
  std::vector<const artifact::Span *> spans;
  for (const artifact::Weight *weight : *root().weights())
    if (!weight->synthetic())
      spans.push_back(weight->data());
  for (const artifact::CodeObject *code : *root().code())
    spans.push_back(code->data());
  if (root().canary())
    spans.push_back(root().canary()->data());
  if (root().label())
    spans.push_back(root().label()->data());
  if (root().expert_counts())
    spans.push_back(root().expert_counts()->data());
  const artifact::Span end(tables_.metadataOffset(), 0);
  spans.push_back(&end);
  std::sort(spans.begin(), spans.end(), [](const auto *a, const auto *b) {
    return a->offset() != b->offset() ? a->offset() < b->offset()
                                      : a->size() < b->size();
  });
  uint64_t at = kHeadBytes;
  for (const artifact::Span *span : spans) {
    for (std::byte byte : file_.bytes().subspan(at, span->offset() - at))
      if (byte != std::byte{0})
        return Status(StatusCode::DataLoss,
                      path() + ": damaged: the gap before byte " +
                          std::to_string(span->offset()) + " is not zeros");
    at = span->offset() + span->size();
  }
  return Status();
}

Status ArtifactFile::verifyData(const LoadProgress &progress) const {
  for (const artifact::Weight *weight : *root().weights()) {
    if (weight->synthetic())
      continue;
    const artifact::Span &span = *weight->data();
    G4RT_TRY(compare("weight ", *weight->name(), span, weight->checksum()));
    if (progress) // weights lie one after the other
      progress(span.offset() + span.size(), sizeBytes());
  }
  G4RT_TRY(verifyCode());
  if (root().canary())
    G4RT_TRY(verifySelfChecked("the canary of ", *root().canary()->data()));
  if (root().label())
    G4RT_TRY(verifySelfChecked("the label of ", *root().label()->data()));
  if (const artifact::ExpertCounts *counts = root().expert_counts())
    G4RT_TRY(compare("the expert counts of ", *root().model()->name(),
                     *counts->data(), counts->checksum()));
  return verifyGaps();
}

Status verifyAtLoad(const ArtifactFile &file, DataVerification policy,
                    const LoadProgress &progress) {
  switch (policy) {
  case DataVerification::Never:
    return Status();
  case DataVerification::UpToOneGiB:
    if (file.sizeBytes() > kVerifiedAtLoadBytes)
      return Status();
    break;
  case DataVerification::Always:
    break;
  }
  return file.verifyData(progress);
}

} // namespace g4rt
