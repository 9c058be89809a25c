//===- Checkpoint.h - A model as it is published ----------------*- C++ -*-===//
//
// A folder in the Hugging Face layout: config.json, generation_config.json,
// tokenizer.json and the tensors of one or many safetensors files. Or what a
// reader of one file that holds all of it makes look like that. The files stay
// mapped; no tensor is copied. Any other file of weights (.bin, pickles) is
// refused by being ignored.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_CHECKPOINT_H
#define G4_MODELS_CHECKPOINT_CHECKPOINT_H

#include "models/checkpoint/Safetensors.h"
#include "runtime/base/Json.h"

#include <functional>
#include <memory>
#include <optional>

namespace g4 {

/// A model that comes in one file.
struct OneFileModel {
  std::string path, name;
  g4rt::json::object config, generationConfig;
  /// What is odd about it, for people.
  std::vector<std::string> warnings;
  /// What tokenizer.json would hold. It is called when the tokenizer is needed.
  std::function<g4rt::Result<g4rt::json::value>()> readTokenizer;
  /// Which of the chat templates that the compiler knows the file has; empty:
  /// it does not say.
  std::string chatTemplate;
  std::map<std::string, std::unique_ptr<RowSource>> sources;
  /// What the file calls the tensor of a name.
  std::function<std::string(const std::string &name)> nameInFile;
  /// All that the file says beside the tensors.
  std::span<const std::byte> header;
  /// As g4rt::dropPages(), of the file.
  std::function<void()> dropPages;
  /// Keeps what the members above refer to.
  std::shared_ptr<const void> file;
};

class Checkpoint {
public:
  /// Reads the small files and maps the tensors.
  ///
  /// Errors: those of findWeightFiles, readQuantizationConfig and
  /// readQuantizedTensors; NotFound or InvalidArgument, naming the
  /// file and what is wrong with it: a shard that is missing, a tensor in two.
  static g4rt::Result<Checkpoint> open(const std::string &folder);

  /// The same without weights: only the small files are read.
  static g4rt::Result<Checkpoint> openConfig(const std::string &folder);

  /// A model of one file, without its weights where they are not wanted.
  static Checkpoint of(OneFileModel model, bool withWeights);

  /// Adds a tower that comes in a file of its own: its vision_config, and its
  /// tensors where this was opened with those of text.
  void addTower(OneFileModel tower);

  /// The folder's path, or the one file's.
  const std::string &folder() const { return folder_; }
  /// The last part of the folder's path.
  std::string name() const;
  /// The path of a file of the folder. There is none in a model of one file:
  /// "m.gguf: as config.json", for messages.
  std::string filePath(const std::string &file) const {
    return folder_ + (oneFile_ ? ": as " : "/") + file;
  }

  const g4rt::json::object &config() const { return config_; }
  /// Empty where the folder has no generation_config.json.
  const g4rt::json::object &generationConfig() const { return generation_; }

  /// As OneFileModel has them; none for a folder.
  std::vector<std::string> warnings() const {
    return oneFile_ ? oneFile_->warnings : std::vector<std::string>();
  }
  bool hasTokenizer() const;
  /// tokenizer.json.
  g4rt::Result<g4rt::json::value> readTokenizer() const;
  /// As OneFileModel has it; empty for a folder.
  std::string chatTemplate() const {
    return oneFile_ ? oneFile_->chatTemplate : "";
  }
  /// As OneFileModel has it; empty for a folder.
  std::span<const std::byte> header() const {
    return oneFile_ ? oneFile_->header : std::span<const std::byte>();
  }

  /// Whether it was opened with its tensors.
  bool hasWeights() const { return hasWeights_; }
  /// Whether the folder has files of weights, opened or not.
  bool hasWeightFiles() const;

  /// Which files the weights were read from, for people.
  const std::string &weightsOrigin() const { return weightsOrigin_; }
  /// Of all tensors, sorted.
  std::vector<std::string> names() const;

  /// Null if there is none of this name.
  const RowSource *find(const std::string &name) const;
  /// Takes what was read of the tensors out of this process's memory.
  void dropPages() const;
  /// What the files call the tensor of this name.
  std::string nameInFile(const std::string &name) const;

private:
  g4rt::Status readConfigs();
  g4rt::Status mapWeights();
  g4rt::Status addShard(const std::string &file);
  g4rt::Status joinQuantized();

  std::string folder_, weightsOrigin_;
  g4rt::json::object config_, generation_;
  bool hasWeights_ = false;
  std::vector<SafetensorsFile> shards_;
  /// But for what the members above hold of it; none for a folder.
  std::optional<OneFileModel> oneFile_, tower_;
  std::map<std::string, std::unique_ptr<RowSource>> sources_; // by name
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_CHECKPOINT_H
