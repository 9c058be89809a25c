//===- ArtifactTables.cpp - The metadata of a .g4 file --------------------===//

#include "runtime/artifact/ArtifactTables.h"

#include "runtime/artifact/ArtifactCheck.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <span>

namespace g4rt {

// Deep enough for the tables of Artifact.fbs and no more.
constexpr flatbuffers::uoffset_t kMaxDepth = 32;
constexpr flatbuffers::uoffset_t kMaxTables = 4'000'000;

static Result<ArtifactHead> readHead(const OpenFile &file) {
  std::array<std::byte, kHeadBytes> bytes{};
  auto head =
      std::span(bytes).first(std::min<uint64_t>(kHeadBytes, file.sizeBytes()));
  G4RT_TRY(file.readAt(0, head));
  auto decoded = ArtifactHead::decode(head, file.sizeBytes());
  if (!decoded)
    return std::move(decoded).error().during(file.path());
  return decoded;
}

static Result<const artifact::Artifact *>
checkedRoot(std::span<const std::byte> metadata, const ArtifactHead &head) {
  if (checksum(metadata) != head.metadataChecksum)
    return Status(StatusCode::DataLoss,
                  "damaged: the checksum of the metadata differs");
  const auto *bytes = reinterpret_cast<const uint8_t *>(metadata.data());
  flatbuffers::Verifier verifier(bytes, metadata.size(), kMaxDepth, kMaxTables);
  if (!artifact::VerifySizePrefixedArtifactBuffer(verifier))
    return Status(StatusCode::DataLoss, "the metadata is not consistent");
  const auto *root = artifact::GetSizePrefixedArtifact(bytes);
  G4RT_TRY(checkArtifact(*root, head.metadataOffset));
  return root;
}

Status ArtifactTables::readFrom(const OpenFile &file) {
  G4RT_ASSIGN(ArtifactHead head, readHead(file));
  path_ = file.path();
  sizeBytes_ = file.sizeBytes();
  metadataOffset_ = head.metadataOffset;
  checksum_ = head.metadataChecksum;
  // At most the size of the file, which is there.
  bytes_.reset(new (std::nothrow) std::byte[head.metadataSize]);
  if (!bytes_)
    return Status(StatusCode::ResourceExhausted,
                  path_ + ": no memory for " +
                      std::to_string(head.metadataSize) + " bytes of metadata");
  std::span metadata(bytes_.get(), head.metadataSize);
  G4RT_TRY(file.readAt(head.metadataOffset, metadata));
  auto root = checkedRoot(metadata, head);
  if (!root)
    return std::move(root).error().during(path_);
  root_ = *root;
  return Status();
}

Result<ArtifactTables> ArtifactTables::read(const OpenFile &file) {
  ArtifactTables tables;
  G4RT_TRY(tables.readFrom(file));
  return tables;
}

std::string ArtifactTables::digest() const {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx",
                static_cast<unsigned long long>(checksum_));
  return text;
}

} // namespace g4rt
