//===- Checkpoint.cpp - A model folder in the Hugging Face layout ---------===//

#include "models/checkpoint/Checkpoint.h"

#include "runtime/base/DropPages.h"

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

Checkpoint Checkpoint::of(OneFileModel model, bool withWeights) {
  Checkpoint checkpoint;
  checkpoint.folder_ = model.path;
  checkpoint.config_ = std::move(model.config);
  checkpoint.generation_ = std::move(model.generationConfig);
  checkpoint.hasWeights_ = withWeights;
  if (withWeights)
    checkpoint.sources_ = std::move(model.sources);
  checkpoint.oneFile_ = std::move(model);
  return checkpoint;
}

std::string Checkpoint::name() const {
  if (oneFile_)
    return oneFile_->name;
  std::error_code ignored;
  auto path = std::filesystem::weakly_canonical(folder_, ignored);
  return path.filename().string();
}

Status Checkpoint::readConfigs() {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder_, ignored))
    return Status(StatusCode::NotFound,
                  folder_ + ": not a folder, nor a GGUF file");
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

bool Checkpoint::hasTokenizer() const {
  return oneFile_ || exists(filePath("tokenizer.json"));
}

Result<json::value> Checkpoint::readTokenizer() const {
  if (!oneFile_)
    return g4rt::parseJsonFile(filePath("tokenizer.json"));
  Result<json::value> tokenizer = oneFile_->readTokenizer();
  if (!tokenizer)
    return std::move(tokenizer).error().during(folder_);
  return tokenizer;
}

Status Checkpoint::mapWeights() {
  hasWeights_ = true;
  if (!exists(filePath(kIndexFile)))
    return addShard(kSingleFile);
  G4RT_ASSIGN(std::set<std::string> shards, shardsOf(filePath(kIndexFile)));
  for (const std::string &shard : shards)
    G4RT_TRY(addShard(shard));
  return Status();
}

Status Checkpoint::addShard(const std::string &file) {
  G4RT_ASSIGN(SafetensorsFile shard, SafetensorsFile::open(filePath(file)));
  shards_.push_back(std::move(shard));
  for (const auto &[name, tensor] : shards_.back().tensors())
    if (!sources_.emplace(name, std::make_unique<MappedRows>(name, tensor))
             .second)
      return invalid(filePath(file) + ": tensor " + name +
                     " is in another shard too");
  return Status();
}

bool Checkpoint::hasWeightFiles() const {
  return oneFile_ || exists(filePath(kIndexFile)) ||
         exists(filePath(kSingleFile));
}

void Checkpoint::dropPages() const {
  for (const SafetensorsFile &shard : shards_)
    g4rt::dropPages(shard.bytes());
  if (oneFile_)
    oneFile_->dropPages();
}

const RowSource *Checkpoint::find(const std::string &name) const {
  auto it = sources_.find(name);
  return it == sources_.end() ? nullptr : it->second.get();
}

} // namespace g4
