//===- ArtifactFile.cpp - Open and check a .g4 file -----------------------===//

#include "runtime/artifact/ArtifactFile.h"

#include "runtime/artifact/ArtifactCheck.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"

#include <cstdio>

namespace g4rt {

// Deep enough for the tables of Artifact.fbs and no more.
constexpr flatbuffers::uoffset_t kMaxDepth = 32;
constexpr flatbuffers::uoffset_t kMaxTables = 4'000'000;

static Result<const artifact::Artifact *>
readMetadata(std::span<const std::byte> file) {
  G4RT_ASSIGN(ArtifactHead head, ArtifactHead::decode(file, file.size()));
  auto metadata = file.subspan(head.metadataOffset, head.metadataSize);
  if (checksum(metadata) != head.metadataChecksum)
    return Status(StatusCode::DataLoss,
                  "damaged: the checksum of the metadata differs");
  const auto *bytes = reinterpret_cast<const uint8_t *>(metadata.data());
  flatbuffers::Verifier verifier(bytes, metadata.size(), kMaxDepth,
                                 kMaxTables);
  if (!artifact::VerifySizePrefixedArtifactBuffer(verifier))
    return Status(StatusCode::DataLoss, "the metadata is not consistent");
  const auto *root = artifact::GetSizePrefixedArtifact(bytes);
  G4RT_TRY(checkArtifact(*root, head.metadataOffset));
  return root;
}

Result<ArtifactFile> ArtifactFile::open(const std::string &path) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(path));
  Result<const artifact::Artifact *> root = readMetadata(file.bytes());
  if (!root)
    return std::move(root).error().during(path);
  return ArtifactFile(std::move(file), *root);
}

Status ArtifactFile::verifyData() const {
  auto compare = [&](const std::string &what, const artifact::Span &span,
                     uint64_t expected) {
    if (checksum(bytesOf(span)) == expected)
      return Status();
    return Status(StatusCode::DataLoss,
                  path() + ": damaged: the checksum of " + what + " differs");
  };
  for (const artifact::Weight *weight : *root_->weights())
    G4RT_TRY(compare("weight " + weight->name()->str(), *weight->data(),
                     weight->checksum()));
  for (const artifact::CodeObject *code : *root_->code())
    G4RT_TRY(compare("the code for " + code->target()->str(), *code->data(),
                     code->checksum()));
  return Status();
}

std::string ArtifactFile::digest() const {
  Result<ArtifactHead> head =
      ArtifactHead::decode(file_.bytes(), file_.bytes().size());
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx",
                static_cast<unsigned long long>(
                    head ? head->metadataChecksum : 0));
  return text;
}

} // namespace g4rt
