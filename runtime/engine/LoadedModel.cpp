//===- LoadedModel.cpp - An artifact, ready to run ------------------------===//

#include "runtime/engine/LoadedModel.h"

#include "runtime/exec/Canary.h"

namespace g4rt {

Result<std::unique_ptr<LoadedModel>>
LoadedModel::load(const std::string &path, const LoadOptions &options) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(path));
  return load(std::move(file), options);
}

Result<std::unique_ptr<LoadedModel>>
LoadedModel::load(ArtifactFile file, const LoadOptions &options) {
  std::unique_ptr<LoadedModel> model(new LoadedModel(std::move(file)));
  G4RT_TRY(verifyAtLoad(model->file_, options.verify, options.progress));
  auto at = [&] { return "loading " + model->file_.path(); };
  auto text = ModelText::create(model->root());
  if (!text)
    return std::move(text).error().during(at());
  model->text_ = *std::move(text);
  if (Status status = model->loadProgram(options); !status.ok())
    return std::move(status).during(at());
  return model;
}

Result<ModelText> ModelText::create(const artifact::Artifact &root) {
  G4RT_ASSIGN(Tokenizer tokenizer, Tokenizer::create(*root.tokenizer()));
  ModelText text{std::move(tokenizer), {}};
  if (root.chat_template()) {
    G4RT_ASSIGN(text.chatTemplate, ChatTemplate::create(*root.chat_template()));
  }
  return text;
}

Status LoadedModel::loadProgram(const LoadOptions &options) {
  G4RT_ASSIGN(plan_, planLoad(root(), options));
  G4RT_TRY(plan_.fitted.fit);
  const artifact::Variant &variant = *plan_.variant.variant;
  G4RT_ASSIGN(executor_,
              ProgramExecutor::create(file_, variant, *plan_.device,
                                      plan_.fitted.memory, options.progress));
  if (!needsCanary(options.verify))
    return Status();
  return checkCanary(file_, *variant.program(), *executor_);
}

// On a CPU it is as much work as the checksums of the weights, on a GPU it is
// nothing beside their upload.
bool LoadedModel::needsCanary(DataVerification policy) const {
  bool isSmall = file_.sizeBytes() <= kVerifiedAtLoadBytes;
  bool isCpu = plan_.device->kind() == artifact::DeviceKind::cpu;
  return policy == DataVerification::Always ||
         (policy == DataVerification::UpToOneGiB && (isSmall || !isCpu));
}

} // namespace g4rt
