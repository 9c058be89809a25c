//===- Checkpoint.h - A model folder in the Hugging Face layout -*- C++ -*-===//
//
// config.json, generation_config.json, tokenizer.json and the tensors of one or
// many safetensors files. The files stay mapped; nothing is copied. Any other
// file of weights (.bin, pickles) is refused by being ignored.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_CHECKPOINT_H
#define G4_MODELS_CHECKPOINT_CHECKPOINT_H

#include "models/checkpoint/Safetensors.h"
#include "runtime/base/Json.h"

#include <memory>

namespace g4 {

class Checkpoint {
public:
  /// Reads the small files and maps the tensors.
  ///
  /// Errors: NotFound or InvalidArgument, naming the file and what is wrong
  /// with it: a shard that the index names and that is missing, a shard name
  /// that is not a plain file name, a tensor in two shards.
  static g4rt::Result<Checkpoint> open(const std::string &folder);

  /// The same without weights: only the small files are read.
  static g4rt::Result<Checkpoint> openConfig(const std::string &folder);

  const std::string &folder() const { return folder_; }
  /// The last part of the folder's path.
  std::string name() const;
  std::string filePath(const std::string &file) const {
    return folder_ + "/" + file;
  }

  const g4rt::json::object &config() const { return config_; }
  /// Empty where the folder has no generation_config.json.
  const g4rt::json::object &generationConfig() const { return generation_; }

  /// Whether it was opened with its tensors.
  bool hasWeights() const { return !shards_.empty(); }
  /// Whether the folder has files of weights, opened or not.
  bool hasWeightFiles() const;

  /// Null if there is none of this name.
  const RowSource *find(const std::string &name) const;

private:
  g4rt::Status readConfigs();
  g4rt::Status mapWeights();
  g4rt::Status addShard(const std::string &file);

  std::string folder_;
  g4rt::json::object config_, generation_;
  std::vector<SafetensorsFile> shards_;
  std::map<std::string, std::unique_ptr<RowSource>> sources_; // by name
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_CHECKPOINT_H
