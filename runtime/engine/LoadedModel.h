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
#include "runtime/exec/DeviceChoice.h"
#include "runtime/exec/MemoryPlan.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/exec/VariantChoice.h"
#include "runtime/text/ChatTemplate.h"
#include "runtime/text/Tokenizer.h"

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

/// Positions of one sequence at most, where `asked` were asked for; 0: what the
/// model was made for, 4096 at most. Errors: InvalidArgument if that is more
/// than the model was made for.
Result<int64_t> chooseModelLength(const artifact::Model &model, int64_t asked);

struct LoadOptions {
  /// Which device; by default the first variant's that the machine has.
  DeviceName device = {};
  /// Threads of the CPU device; 0: one for each core of the process.
  int numThreads = 0;
  /// Beats while the CPU device works; may be null.
  Heartbeat *heartbeat = nullptr;
  /// maxModelLength 0: what the model was made for, 4096 at most. maxSequences
  /// and maxStepTokens 0: those of withDefaults(), on a GPU fewer where they do
  /// not fit.
  ExecutorOptions executor = {.maxModelLength = 0};
  /// Whether maxSequences are fewer on a GPU that has no room for them, and not
  /// an error.
  bool mayHaveFewerSequences = false;
  DataVerification verify = DataVerification::UpToOneGiB;
  /// What may be used of the host's memory on a CPU, the mapped weights
  /// included; none: whatever is needed. See availableMemoryBytes().
  std::optional<uint64_t> memoryBytes = {};
  /// Called as weights are compared, then as they come to their places; may be
  /// null.
  LoadProgress progress = {};
  /// Share of a GPU's memory that is in use once the model is loaded, at most.
  /// KV pages fill it, up to maxSequences sequences of full length.
  double gpuMemoryUtilization = 0.9;
  /// Makes the devices; by default those of the machine.
  DeviceOpener openDevice = {};
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
  const Device &device() const { return *device_; }
  /// Which variant runs and why.
  const VariantChoice &variant() const { return variant_; }
  const MemoryPlan &memoryPlan() const { return plan_; }
  /// Positions of one sequence at most, prompt and answer.
  int64_t maxModelLength() const { return maxModelLength_; }
  /// Belongs to one thread at a time.
  ProgramExecutor &executor() { return *executor_; }

private:
  explicit LoadedModel(ArtifactFile file) : file_(std::move(file)) {}
  Status loadProgram(const LoadOptions &options);
  bool needsCanary(DataVerification policy) const;
  Status planLoad(const LoadOptions &options);
  Status planOnGpu(const LoadOptions &options);

  ArtifactFile file_;
  std::optional<ModelText> text_;
  std::unique_ptr<Device> device_;
  VariantChoice variant_;
  MemoryPlan plan_;
  int64_t maxModelLength_ = 0;
  std::unique_ptr<ProgramExecutor> executor_;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_LOADEDMODEL_H
