//===- Family.cpp - The table of model families ---------------------------===//

#include "models/Family.h"

#include "models/checkpoint/JsonFields.h"
#include "models/checkpoint/gguf/GgufKeys.h"
#include "models/gemma4/ChatTemplate.h"
#include "models/gemma4/Import.h"
#include "models/gemma4/gguf/Gguf.h"

#include <algorithm>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

namespace {

using Importer = Result<mlir::OwningOpRef<mlir::ModuleOp>> (*)(
    const Checkpoint &, mlir::MLIRContext *);

struct Family {
  /// The value of config.json's model_type.
  const char *modelType;
  Importer importModel;
};

constexpr Family kFamilies[] = {
    {"gemma4", gemma4::importModel},
    {"gemma4_text", gemma4::importModel},
    {"gemma4_unified", gemma4::importModel},
    {"gemma4_unified_text", gemma4::importModel},
};

struct GgufArchitecture {
  /// The value of a GGUF file's general.architecture.
  const char *name;
  Result<OneFileModel> (*open)(GgufFile file);
};

constexpr GgufArchitecture kArchitectures[] = {
    {"gemma4", gemma4::openGguf},
};

struct NamedTemplate {
  const char *name;
  gemma4::TemplateVariant variant;
};

constexpr NamedTemplate kTemplates[] = {
    {"gemma4-large", gemma4::TemplateVariant::Large},
    {"gemma4-small", gemma4::TemplateVariant::Small},
};

} // namespace

Result<flatbuffers::Offset<artifact::ChatTemplate>>
writeChatTemplate(const std::string &name,
                  flatbuffers::FlatBufferBuilder &builder) {
  std::string known;
  for (const NamedTemplate &entry : kTemplates) {
    if (name == entry.name)
      return gemma4::writeChatTemplate(entry.variant, builder);
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  return Status(StatusCode::NotFound, "chat template \"" + name +
                                          "\" is unknown; known are " + known);
}

static Result<OneFileModel> openGguf(const std::string &path) {
  G4RT_ASSIGN(GgufFile file, GgufFile::open(path));
  gguf::Keys keys(file.metadata());
  std::string architecture = keys.text("general.architecture"), known;
  for (const GgufArchitecture &entry : kArchitectures) {
    if (architecture == entry.name)
      return entry.open(std::move(file));
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  return Status(StatusCode::Unimplemented,
                path + ": general.architecture " +
                    json_fields::shownString(architecture) +
                    " is unknown; known are " + known);
}

static bool isGguf(const std::string &path) {
  return path.ends_with(".gguf") || GgufFile::isOne(path);
}

Result<Checkpoint> openModel(const std::string &path) {
  if (!isGguf(path))
    return Checkpoint::open(path);
  G4RT_ASSIGN(OneFileModel model, openGguf(path));
  return Checkpoint::of(std::move(model), /*withWeights=*/true);
}

Result<Checkpoint> openModelConfig(const std::string &path) {
  if (!isGguf(path))
    return Checkpoint::openConfig(path);
  G4RT_ASSIGN(OneFileModel model, openGguf(path));
  return Checkpoint::of(std::move(model), /*withWeights=*/false);
}

Result<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const Checkpoint &checkpoint, mlir::MLIRContext *context) {
  const g4rt::json::value *field =
      checkpoint.config().if_contains("model_type");
  std::string modelType =
      field && field->is_string() ? std::string(field->get_string()) : "";
  std::string known;
  for (const Family &family : kFamilies) {
    if (modelType == family.modelType)
      return family.importModel(checkpoint, context);
    known += (known.empty() ? "" : ", ") + std::string(family.modelType);
  }
  return Status(StatusCode::Unimplemented,
                checkpoint.filePath("config.json") + ": model_type \"" +
                    modelType + "\" is unknown; known are " + known);
}

} // namespace g4
