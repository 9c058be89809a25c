//===- ModelFlags.h - The flags that all subcommands share ------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_MODELFLAGS_H
#define G4_TOOLS_G4RT_MODELFLAGS_H

#include "runtime/engine/LoadedModel.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace g4rt {

/// Which artifact, and what it may use.
struct ModelFlags {
  std::string file;
  std::string device = "auto";
  double gpuMemoryUtilization = 0.9;
  int threads = 0;
  int64_t maxModelLen = 0; // 0: the model's, 4096 at most
  // 0: the device's default, on a GPU fewer where they do not fit.
  int64_t maxNumSeqs = 0;
  int64_t maxNumBatchedTokens = 0;
  int64_t maxStepOutputs = 0; // maxNumSeqs at least
  int64_t maxChunkTokens = 0; // 0: 1024, maxNumBatchedTokens at most
  bool enablePrefixCaching = true;
  std::string kvCache = "auto";              // what the file must have
  std::optional<double> decodePriority = {}; // none: measured
  double grammarSeconds = 5;
  std::string sessionDir = {}; // empty: none
  uint64_t sessionBytes = uint64_t{20} << 30;
  uint64_t memory = 0;                  // bytes; 0: what the device has
  std::string memoryBandwidth = "auto"; // or "measure", or bytes a second
  bool verify = false, noVerify = false;
  bool copyWeights = false;
  bool showsTexts = false; // on the server's page
};

/// FILE, --device, --gpu-memory-utilization, --threads, --max-model-len,
/// --memory, --kv-cache-dtype and whether checksums are compared: what every
/// subcommand has.
void addModelFlags(CLI::App &app, ModelFlags &flags);
/// --max-num-seqs, --max-num-batched-tokens, --long-prefill-token-threshold,
/// --max-step-outputs, --no-enable-prefix-caching, --grammar-timeout,
/// --session-dir, --session-bytes, --memory-bandwidth and --dashboard-text:
/// what a server has beside them.
void addBatchFlags(CLI::App &app, ModelFlags &flags);

/// Whether the weights are read where the file is mapped.
inline FileBytes fileBytesOf(const ModelFlags &flags) {
  return flags.copyWeights ? FileBytes::Copied : FileBytes::Mapped;
}

/// What cannot be opened is no model: InvalidArgument, which exitCodeOf() takes
/// for a mistake in another flag, becomes NotFound.
template <typename T>
Result<T> asModelError(Result<T> file) {
  if (!file && file.error().code() == StatusCode::InvalidArgument)
    return Status(StatusCode::NotFound, file.error().message());
  return file;
}

/// How to load it, within the memory that this machine has available.
///
/// Errors: InvalidArgument for a device that there is not.
Result<LoadOptions> loadOptions(const ModelFlags &flags);

/// The model, loaded so.
///
/// Errors: InvalidArgument if a flag asks for what the model cannot do,
/// ResourceExhausted if memory does not suffice, and NotFound or DataLoss if it
/// is the file that is wrong.
Result<std::unique_ptr<LoadedModel>> loadModel(const ModelFlags &flags);
/// The same of a file that is open; `progress` and `heartbeat` as in
/// LoadOptions.
Result<std::unique_ptr<LoadedModel>>
loadModel(ArtifactFile file, const ModelFlags &flags,
          const LoadProgress &progress = {}, Heartbeat *heartbeat = nullptr);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_MODELFLAGS_H
