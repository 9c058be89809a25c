//===- LoadedModel.h - An artifact, ready to run ----------------*- C++ -*-===//
//
// Everything that one model needs, made in the right order from one file: the
// checked artifact, its tokenizer and chat template, the device, the variant
// that suits it, the memory plan and the executor.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_LOADEDMODEL_H
#define G4_RUNTIME_ENGINE_LOADEDMODEL_H

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/base/Status.h"
#include "runtime/device/Device.h"
#include "runtime/engine/LoadPlan.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/exec/VariantChoice.h"
#include "runtime/text/template/ChatTemplate.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace g4rt {

/// What turns text into tokens and back. Points into the artifact.
struct ModelText {
  Tokenizer tokenizer;
  std::optional<ChatTemplate> chatTemplate; // none if the checkpoint had none

  /// Errors: those of Tokenizer::create and ChatTemplate::create.
  static Result<ModelText> create(const artifact::Artifact &root);
};

/// Stays where it is made: its parts point at each other.
class LoadedModel {
public:
  LoadedModel(const LoadedModel &) = delete;
  LoadedModel &operator=(const LoadedModel &) = delete;

  /// Errors: InvalidArgument if an option is out of range for this model;
  /// ResourceExhausted, with the plan, if memory does not suffice; those of
  /// ArtifactFile, Tokenizer::create, ChatTemplate::create, chooseVariant and
  /// ProgramExecutor::create. The message names `path`.
  static Result<std::unique_ptr<LoadedModel>> load(const std::string &path,
                                                   const LoadOptions &options);
  /// The same for a file that is open.
  static Result<std::unique_ptr<LoadedModel>> load(ArtifactFile file,
                                                   const LoadOptions &options);

  const ArtifactFile &file() const { return file_; }
  const artifact::Artifact &root() const { return file_.root(); }
  std::string_view name() const {
    return root().model()->name()->string_view();
  }
  const artifact::Generation &generation() const {
    return *root().generation();
  }
  const ModelText &text() const { return *text_; }
  const Tokenizer &tokenizer() const { return text_->tokenizer; }
  /// Null if the checkpoint had none.
  const ChatTemplate *chatTemplate() const {
    return text_->chatTemplate ? &*text_->chatTemplate : nullptr;
  }
  const Device &device() const { return *plan_.device; }
  /// Which variant runs and why.
  const VariantChoice &variant() const { return plan_.variant; }
  const MemoryPlan &memoryPlan() const { return plan_.fitted.memory; }
  /// Positions of one sequence at most, prompt and answer.
  int64_t maxModelLength() const {
    return plan_.fitted.executor.maxModelLength;
  }
  /// Belongs to one thread at a time.
  ProgramExecutor &executor() { return *executor_; }

private:
  explicit LoadedModel(ArtifactFile file) : file_(std::move(file)) {}
  Status loadProgram(const LoadOptions &options);
  bool needsCanary(DataVerification policy) const;
  ArtifactFile file_;
  std::optional<ModelText> text_;
  LoadPlan plan_;
  std::unique_ptr<ProgramExecutor> executor_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_LOADEDMODEL_H
