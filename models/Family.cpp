//===- Family.cpp - The table of model families ---------------------------===//

#include "models/Family.h"

#include "models/checkpoint/JsonFields.h"
#include "models/checkpoint/gguf/GgufKeys.h"
#include "models/gemma4/ChatTemplate.h"
#include "models/gemma4/Import.h"
#include "models/gemma4/gguf/Gguf.h"
#include "models/gemma4/gguf/Mmproj.h"

#include <algorithm>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

namespace {

struct Family {
  /// The value of config.json's model_type.
  const char *modelType;
  Result<mlir::OwningOpRef<mlir::ModuleOp>> (*importModel)(const Checkpoint &,
                                                           ImportOptions,
                                                           mlir::MLIRContext *);
  Result<FactOrigins> (*factOrigins)(const Checkpoint &);
};

constexpr Family kFamilies[] = {
    {"gemma4", gemma4::importModel, gemma4::factOrigins},
    {"gemma4_text", gemma4::importModel, gemma4::factOrigins},
    {"gemma4_unified", gemma4::importModel, gemma4::factOrigins},
    {"gemma4_unified_text", gemma4::importModel, gemma4::factOrigins},
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

static Result<const NamedTemplate *> findTemplate(const std::string &name) {
  std::string known;
  for (const NamedTemplate &entry : kTemplates) {
    if (name == entry.name)
      return &entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  return Status(StatusCode::NotFound, "chat template \"" + name +
                                          "\" is unknown; known are " + known);
}

Result<flatbuffers::Offset<artifact::ChatTemplate>>
writeChatTemplate(const std::string &name,
                  flatbuffers::FlatBufferBuilder &builder) {
  G4RT_ASSIGN(const NamedTemplate *entry, findTemplate(name));
  return gemma4::writeChatTemplate(entry->variant, builder);
}

Result<std::vector<std::string>> chatTurnEnds(const std::string &name) {
  Result<const NamedTemplate *> entry = findTemplate(name);
  if (!entry)
    return std::move(entry).error();
  return gemma4::turnEnds();
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

Status addMmproj(Checkpoint &model, const std::string &path) {
  if (model.header().empty())
    return Status(StatusCode::InvalidArgument,
                  model.folder() +
                      ": is no GGUF file: it has its tower itself "
                      "and takes none of " +
                      path);
  G4RT_ASSIGN(GgufFile file, GgufFile::open(path));
  G4RT_ASSIGN(OneFileModel tower, gemma4::openMmproj(std::move(file)));
  model.addTower(std::move(tower));
  return Status();
}

static Result<const Family *> findFamily(const Checkpoint &checkpoint) {
  const g4rt::json::value *field =
      checkpoint.config().if_contains("model_type");
  std::string modelType =
      field && field->is_string() ? std::string(field->get_string()) : "";
  std::string known;
  for (const Family &family : kFamilies) {
    if (modelType == family.modelType)
      return &family;
    known += (known.empty() ? "" : ", ") + std::string(family.modelType);
  }
  return Status(StatusCode::Unimplemented,
                checkpoint.filePath("config.json") + ": model_type \"" +
                    modelType + "\" is unknown; known are " + known);
}

Result<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const Checkpoint &checkpoint, ImportOptions options,
            mlir::MLIRContext *context) {
  G4RT_ASSIGN(const Family *family, findFamily(checkpoint));
  return family->importModel(checkpoint, options, context);
}

Result<FactOrigins> factOrigins(const Checkpoint &checkpoint) {
  G4RT_ASSIGN(const Family *family, findFamily(checkpoint));
  return family->factOrigins(checkpoint);
}

} // namespace g4
