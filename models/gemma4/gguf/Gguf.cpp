//===- Gguf.cpp - A Gemma 4 GGUF file as a checkpoint ---------------------===//

#include "models/gemma4/gguf/Gguf.h"

#include "models/checkpoint/gguf/GgufKeys.h"
#include "models/gemma4/gguf/GgufConfig.h"
#include "models/gemma4/gguf/GgufTensors.h"
#include "models/gemma4/gguf/GgufTexts.h"

#include <filesystem>

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;

/// The file's name without ".gguf" and the number of a part.
static std::string nameOf(const std::string &path) {
  std::string stem = std::filesystem::path(path).stem().string();
  size_t part = stem.rfind("-00001-of-");
  return part == stem.npos ? stem : stem.substr(0, part);
}

/// The template's name by what tells the two apart: that of the large models
/// starts an answer without thinking with an empty thought. Empty if the file
/// has no template of Gemma 4.
static Result<std::string> templateOf(const GgufFile &file) {
  gguf::Keys keys(file.metadata());
  std::string text = keys.text("tokenizer.chat_template");
  G4RT_TRY(keys.status());
  if (text.find("<|turn>") == text.npos)
    return std::string();
  bool isLarge = text.find("<|channel>thought\\n<channel|>") != text.npos;
  return std::string(isLarge ? "gemma4-large" : "gemma4-small");
}

static std::vector<std::string> warningsOf(const GgufFile &file,
                                           const std::string &chatTemplate) {
  std::vector<std::string> warnings;
  if (size_t count = numMergesLeftOut(file))
    warnings.push_back(file.path() + ": " + std::to_string(count) +
                       " merges of the tokenizer are left out, as their "
                       "pieces are not in its vocabulary");
  if (chatTemplate.empty() &&
      file.metadata().contains("tokenizer.chat_template"))
    warnings.push_back(file.path() +
                       ": its chat template is not Gemma 4's and is not used; "
                       "--chat-template chooses one");
  return warnings;
}

static Result<OneFileModel> readParts(const GgufFile &file) {
  OneFileModel model;
  model.path = file.path();
  model.name = nameOf(file.path());
  G4RT_ASSIGN(model.config, configOfGguf(file));
  G4RT_ASSIGN(model.generationConfig, generationConfigOfGguf(file));
  G4RT_ASSIGN(model.chatTemplate, templateOf(file));
  model.warnings = warningsOf(file, model.chatTemplate);
  G4RT_ASSIGN(model.sources, sourcesOfGguf(file));
  model.readTokenizer = [&file] { return tokenizerOfGguf(file); };
  model.nameInFile = ggufNameOf;
  model.header = file.headerBytes();
  model.dropPages = [&file] { file.dropPages(); };
  return model;
}

Result<OneFileModel> openGguf(GgufFile file) {
  auto owner = std::make_shared<const GgufFile>(std::move(file));
  Result<OneFileModel> model = readParts(*owner);
  if (!model)
    return std::move(model).error().during(owner->path());
  model->file = owner;
  return model;
}

} // namespace g4::gemma4
