//===- Checkpoint.cpp - A model folder in the Hugging Face layout ---------===//

#include "models/checkpoint/Checkpoint.h"

#include "models/checkpoint/WeightFiles.h"
#include "models/checkpoint/quantized/QuantizedTensors.h"
#include "runtime/base/DropPages.h"

#include <filesystem>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

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
  checkpoint.weightsOrigin_ = "the file itself";
  if (withWeights)
    checkpoint.sources_ = std::move(model.sources);
  checkpoint.oneFile_ = std::move(model);
  return checkpoint;
}

void Checkpoint::addTower(OneFileModel tower) {
  config_["vision_config"] = std::move(tower.config["vision_config"]);
  if (hasWeights_)
    sources_.merge(tower.sources);
  tower_ = std::move(tower);
}

std::string Checkpoint::nameInFile(const std::string &name) const {
  std::string found = oneFile_ ? oneFile_->nameInFile(name) : name;
  return tower_ && found == name ? tower_->nameInFile(name) : found;
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

Status Checkpoint::mapWeights() {
  hasWeights_ = true;
  G4RT_ASSIGN(WeightFiles files, findWeightFiles(folder_));
  if (files.names.empty())
    return Status(StatusCode::NotFound,
                  filePath("model.safetensors") + ": no such file");
  weightsOrigin_ = files.origin;
  for (const std::string &file : files.names)
    G4RT_TRY(addShard(file));
  return joinQuantized();
}

/// A name that only a quantised weight has.
static const std::string *findQuantized(const StoredTensors &tensors) {
  for (const auto &[name, tensor] : tensors)
    if (name.ends_with(".weight_packed") || name.ends_with(".qweight"))
      return &name;
  return nullptr;
}

// The tensors of a quantised weight become one source.
Status Checkpoint::joinQuantized() {
  StoredTensors tensors;
  for (const SafetensorsFile &shard : shards_)
    for (const auto &[name, tensor] : shard.tensors())
      tensors.emplace(name, &tensor);
  G4RT_ASSIGN(std::optional<QuantizationConfig> config,
              readQuantizationConfig(config_, folder_));
  const std::string *quantized = findQuantized(tensors);
  if (!config && quantized)
    return invalid(folder_ + ": tensor " + *quantized +
                   " is of a quantised weight, and no quantization_config in "
                   "config.json says how");
  if (!config)
    return Status();
  Result<QuantizedTensors> joined = readQuantizedTensors(*config, tensors);
  if (!joined)
    return std::move(joined).error().during(folder_);
  for (const std::string &name : joined->consumed)
    sources_.erase(name);
  for (std::unique_ptr<RowSource> &source : joined->sources) {
    std::string name = source->name();
    sources_[name] = std::move(source);
  }
  // Without the folder's path, because artifacts hold none.
  weightsOrigin_ += "; " + std::to_string(joined->sources.size()) +
                    " weights quantised as " +
                    config->path.substr(folder_.size() + 1) + " says";
  return Status();
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
  if (oneFile_)
    return true;
  Result<WeightFiles> files = findWeightFiles(folder_);
  return !files || !files->names.empty(); // open() says what is wrong
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  for (const auto &[name, source] : sources_)
    names.push_back(name);
  return names;
}

void Checkpoint::dropPages() const {
  for (const SafetensorsFile &shard : shards_)
    g4rt::dropPages(shard.bytes());
  if (oneFile_)
    oneFile_->dropPages();
  if (tower_)
    tower_->dropPages();
}

const RowSource *Checkpoint::find(const std::string &name) const {
  auto it = sources_.find(name);
  return it == sources_.end() ? nullptr : it->second.get();
}

} // namespace g4
