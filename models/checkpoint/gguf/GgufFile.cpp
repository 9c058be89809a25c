//===- GgufFile.cpp - A GGUF file and the parts it is split into ----------===//

#include "models/checkpoint/gguf/GgufFile.h"

#include "models/checkpoint/JsonFields.h"
#include "runtime/base/DropPages.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

constexpr int64_t kMaxParts = 1 << 12;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

/// A count of the metadata; `otherwise` where there is none.
static Result<int64_t> countOf(const gguf::Metadata &metadata, const char *key,
                               int64_t otherwise, int64_t most) {
  auto it = metadata.find(key);
  if (it == metadata.end())
    return otherwise;
  G4RT_ASSIGN(json::value value, it->second.toJson());
  const int64_t *count = value.if_int64();
  if (!count || *count < 0 || *count > most)
    return invalid(std::string(key) + " is " + json_fields::shown(value) +
                   ", needs a whole number from 0 to " + std::to_string(most));
  return *count;
}

bool GgufFile::isOne(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  return file.read(magic, sizeof(magic)) &&
         std::string_view(magic, sizeof(magic)) == "GGUF";
}

Result<GgufFile> GgufFile::open(const std::string &path) {
  GgufFile file;
  G4RT_TRY(file.openFirst(path));
  Status status = file.openParts();
  if (!status.ok())
    return status;
  return file;
}

Status GgufFile::openFirst(const std::string &path) {
  G4RT_ASSIGN(g4rt::MappedFile mapped, g4rt::MappedFile::open(path));
  files_.push_back(std::move(mapped));
  Result<gguf::Header> header = gguf::readHeader(files_.back().bytes());
  if (!header)
    return std::move(header).error().during(path);
  header_ = *std::move(header);
  return Status();
}

/// "-00002-of-00003.gguf".
static std::string suffixOf(int64_t number, int64_t count) {
  char text[64];
  std::snprintf(text, sizeof(text), "-%05lld-of-%05lld.gguf",
                static_cast<long long>(number), static_cast<long long>(count));
  return text;
}

Status GgufFile::openParts() {
  const std::string first = path();
  auto during = [&](Status status) { return std::move(status).during(first); };
  auto count = countOf(metadata(), "split.count", 1, kMaxParts);
  auto number = countOf(metadata(), "split.no", 0, kMaxParts);
  if (!count || !number)
    return during(count ? number.error() : count.error());
  if (*count <= 1)
    return Status();
  std::string suffix = suffixOf(1, *count);
  if (*number != 0)
    return during(invalid("is part " + std::to_string(*number + 1) + " of " +
                          std::to_string(*count) + ", needs the first"));
  if (!first.ends_with(suffix))
    return during(invalid("is the first of " + std::to_string(*count) +
                          " parts, its name must end in " + suffix));
  std::string stem = first.substr(0, first.size() - suffix.size());
  for (int64_t i = 1; i < *count; ++i)
    G4RT_TRY(addPart(stem + suffixOf(i + 1, *count), i));
  auto all = countOf(metadata(), "split.tensors.count", header_.tensors.size(),
                     int64_t{1} << 40);
  if (!all)
    return during(std::move(all).error());
  if (*all != static_cast<int64_t>(header_.tensors.size()))
    return during(
        invalid("its parts have " + std::to_string(header_.tensors.size()) +
                " tensors, split.tensors.count says " + std::to_string(*all)));
  return Status();
}

Status GgufFile::addPart(const std::string &path, int64_t number) {
  G4RT_ASSIGN(g4rt::MappedFile mapped, g4rt::MappedFile::open(path));
  Result<gguf::Header> header = gguf::readHeader(mapped.bytes());
  if (!header)
    return std::move(header).error().during(path);
  auto no = countOf(header->metadata, "split.no", -1, kMaxParts);
  if (!no || *no != number)
    return invalid(path + ": split.no must be " + std::to_string(number));
  for (auto &[name, tensor] : header->tensors)
    if (!header_.tensors.emplace(name, std::move(tensor)).second)
      return invalid(path + ": tensor " + json_fields::shownString(name) +
                     " is in another part too");
  files_.push_back(std::move(mapped));
  return Status();
}

void GgufFile::dropPages() const {
  for (const g4rt::MappedFile &file : files_)
    g4rt::dropPages(file.bytes());
}

std::span<const std::byte> GgufFile::headerBytes() const {
  auto bytes = files_.front().bytes();
  return bytes.first(std::min<size_t>(header_.dataOffset, bytes.size()));
}

} // namespace g4
