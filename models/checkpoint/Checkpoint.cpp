//===- Checkpoint.cpp - A model folder in the Hugging Face layout ---------===//

#include "models/checkpoint/Checkpoint.h"

#include <filesystem>
#include <set>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

constexpr const char *kSingleFile = "model.safetensors";
constexpr const char *kIndexFile = "model.safetensors.index.json";

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

static bool exists(const std::string &path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

static Result<json::object> readObject(const std::string &path) {
  G4RT_ASSIGN(json::value value, g4rt::parseJsonFile(path));
  if (!value.is_object())
    return invalid(path + ": must hold a JSON object");
  return std::move(value.get_object());
}

Result<Checkpoint> Checkpoint::openConfig(const std::string &folder) {
  Checkpoint checkpoint;
  checkpoint.folder_ = folder;
  while (checkpoint.folder_.size() > 1 && checkpoint.folder_.back() == '/')
    checkpoint.folder_.pop_back();
  G4RT_TRY(checkpoint.readConfigs());
  return checkpoint;
}

Result<Checkpoint> Checkpoint::open(const std::string &folder) {
  G4RT_ASSIGN(Checkpoint checkpoint, openConfig(folder));
  G4RT_TRY(checkpoint.mapWeights());
  return checkpoint;
}

std::string Checkpoint::name() const {
  std::error_code ignored;
  auto path = std::filesystem::weakly_canonical(folder_, ignored);
  return path.filename().string();
}

Status Checkpoint::readConfigs() {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder_, ignored))
    return Status(StatusCode::NotFound, folder_ + ": not a folder");
  G4RT_ASSIGN(config_, readObject(filePath("config.json")));
  std::string generation = filePath("generation_config.json");
  if (exists(generation)) {
    G4RT_ASSIGN(generation_, readObject(generation));
  }
  return Status();
}

/// The shards that the index names, each once.
static Result<std::set<std::string>> shardsOf(const std::string &indexPath) {
  G4RT_ASSIGN(json::object index, readObject(indexPath));
  const json::value *map = index.if_contains("weight_map");
  if (!map || !map->is_object())
    return invalid(indexPath + ": weight_map must be an object");
  std::set<std::string> shards;
  for (const auto &entry : map->get_object()) {
    const json::string *file = entry.value().if_string();
    if (!file)
      return invalid(indexPath + ": weight_map." + std::string(entry.key()) +
                     " must be a file name");
    std::string name(*file);
    if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos)
      return invalid(indexPath + ": shard \"" + name +
                     "\" is not a plain file name");
    shards.insert(std::move(name));
  }
  return shards;
}

Status Checkpoint::mapWeights() {
  if (!exists(filePath(kIndexFile)))
    return addShard(kSingleFile);
  G4RT_ASSIGN(std::set<std::string> shards, shardsOf(filePath(kIndexFile)));
  for (const std::string &shard : shards)
    G4RT_TRY(addShard(shard));
  return Status();
}

static std::unique_ptr<RowSource> sourceOf(const std::string &name,
                                           const StoredTensor &tensor) {
  RowSource::Facts facts{.name = name,
                         .typeName = tensor.typeName,
                         .shape = tensor.shape,
                         .storage = tensor.storage};
  return std::make_unique<MappedRows>(std::move(facts), tensor.bytes);
}

Status Checkpoint::addShard(const std::string &file) {
  G4RT_ASSIGN(SafetensorsFile shard, SafetensorsFile::open(filePath(file)));
  shards_.push_back(std::move(shard));
  for (const auto &[name, tensor] : shards_.back().tensors())
    if (!sources_.emplace(name, sourceOf(name, tensor)).second)
      return invalid(filePath(file) + ": tensor " + name +
                     " is in another shard too");
  return Status();
}

bool Checkpoint::hasWeightFiles() const {
  return exists(filePath(kIndexFile)) || exists(filePath(kSingleFile));
}

const RowSource *Checkpoint::find(const std::string &name) const {
  auto it = sources_.find(name);
  return it == sources_.end() ? nullptr : it->second.get();
}

} // namespace g4
