//===- ModelFlags.cpp - The flags that all subcommands share --------------===//

#include "tools/g4rt/ModelFlags.h"

#include "runtime/base/SystemMemory.h"
#include "tools/cli/Sizes.h"
#include "tools/g4rt/MemoryBandwidth.h"

namespace g4rt {

void addModelFlags(CLI::App &app, ModelFlags &flags) {
  app.add_option("FILE,-m,--model", flags.file, "An artifact that g4c made")
      ->required();
  app.add_option("--device", flags.device,
                 "cpu, cuda, cuda:N, hip, hip:N (of the GPUs that the "
                 "variables of CUDA and ROCm leave), or auto: the first "
                 "variant of the file that the machine has a device for")
      ->check(CLI::Validator(
          [](std::string &text) {
            auto name = parseDeviceName(text);
            return name ? std::string() : name.error().message();
          },
          "DEVICE"))
      ->capture_default_str();
  app.add_option("--gpu-memory-utilization", flags.gpuMemoryUtilization,
                 "Share of a GPU's memory that may be in use: KV pages fill it")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  app.add_option("--threads,-t", flags.threads,
                 "Threads that compute [one for each core]")
      ->check(CLI::Range(1, 1024));
  app.add_option("--max-model-len,--ctx-size,-c", flags.maxModelLen,
                 "Tokens of one sequence, prompt and answer: a number, 32k, or "
                 "auto, what the model was made for, 4096 at most [auto]")
      ->transform(CLI::Validator(g4::readTokenCount, "TOKENS"));
  app.add_option(
         "--memory", flags.memory,
         "What the model may take of its device at most, such as 20GiB; "
         "on a CPU the whole process [what the device has]")
      ->transform(CLI::Validator(g4::readByteCount, "BYTES"));
  app.add_option("--kv-cache-dtype", flags.kvCache,
                 "auto, or f32, bf16, int8 or fp8, which the file must have: "
                 "g4c compile chooses")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8", "fp8"}));
  app.add_flag("--verify", flags.verify,
               "Compare the checksums of the weights at load [files up to 1 "
               "GiB]");
  app.add_flag("--no-verify", flags.noVerify, "Never compare them")
      ->excludes("--verify");
  app.add_flag("--copy-weights", flags.copyWeights,
               "Read the weights into memory at load instead of mapping them: "
               "who writes into the file later changes nothing");
}

void addBatchFlags(CLI::App &app, ModelFlags &flags) {
  app.add_option(
         "--max-num-seqs,--parallel", flags.maxNumSeqs,
         "Answers at the same time [16; on a GPU 64, or as many as fit]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_option("--max-num-batched-tokens,-b", flags.maxNumBatchedTokens,
                 "Tokens of one step [256; on a GPU 2048, fewer where they "
                 "do not fit]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_option(
         "--long-prefill-token-threshold", flags.maxChunkTokens,
         "Tokens of one prompt in a step: each session's sliding-window "
         "cache has room for so many [1024]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_option("--max-step-outputs", flags.maxStepOutputs,
                 "Rows of a step with logits, one for each answer at least: "
                 "prompts with prompt_logprobs share them "
                 "[--max-num-seqs]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_flag("--enable-prefix-caching,!--no-enable-prefix-caching",
               flags.enablePrefixCaching,
               "Prompts that begin alike share what was computed of them [on]");
  app.add_option("--decode-priority", flags.decodePriority,
                 "While answers are written prompts get at most 1 minus this "
                 "share of a step's tokens [as many as keep a step below twice "
                 "its time without them]")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--grammar-timeout", flags.grammarSeconds,
                 "Seconds of processor time for the grammars of one request; "
                 "what a token needs of them may take two fifths of that")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  app.add_option("--memory-bandwidth", flags.memoryBandwidth,
                 "Bytes a second that the device's memory can give, such as "
                 "40GB, for the page's share of it; measure: look before "
                 "loading, on a CPU; auto: a known GPU's")
      ->transform(CLI::Validator(readMemoryBandwidth, "BYTES"))
      ->capture_default_str();
  app.add_flag("--dashboard-text", flags.showsTexts,
               "Show the ends of all answers on the page and in /g4/state to "
               "whoever may see it [off]");
  auto *folder = app.add_option(
      "--session-dir", flags.sessionDir,
      "Folder for what was computed of prompts and answers: it outlives the "
      "memory and the server [none]");
  app.add_option("--session-bytes", flags.sessionBytes,
                 "What this model's files there may take [20GiB]")
      ->needs(folder)
      ->transform(CLI::Validator(g4::readByteCount, "BYTES"));
}

static DataVerification verifyOf(const ModelFlags &flags) {
  if (flags.noVerify)
    return DataVerification::Never;
  return flags.verify ? DataVerification::Always : DataVerification::UpToOneGiB;
}

Result<std::unique_ptr<LoadedModel>> loadModel(const ModelFlags &flags) {
  G4RT_ASSIGN(OpenFile opened, asModelError(OpenFile::open(flags.file)));
  G4RT_ASSIGN(ArtifactFile file,
              ArtifactFile::open(std::move(opened), fileBytesOf(flags)));
  return loadModel(std::move(file), flags);
}

Result<LoadOptions> loadOptions(const ModelFlags &flags) {
  G4RT_ASSIGN(DeviceName device, parseDeviceName(flags.device));
  return LoadOptions{.device = device,
                     .numThreads = flags.threads,
                     .kvCacheFormat = flags.kvCache,
                     .executor = {.maxSequences = flags.maxNumSeqs,
                                  .maxModelLength = flags.maxModelLen,
                                  .maxStepTokens = flags.maxNumBatchedTokens,
                                  .maxChunkTokens = flags.maxChunkTokens,
                                  .maxStepOutputs = flags.maxStepOutputs},
                     .verify = verifyOf(flags),
                     .memoryBytes = availableMemoryBytes(),
                     .memoryLimit = flags.memory ? std::optional(flags.memory)
                                                 : std::nullopt,
                     .gpuMemoryUtilization = flags.gpuMemoryUtilization};
}

Result<std::unique_ptr<LoadedModel>> loadModel(ArtifactFile file,
                                               const ModelFlags &flags,
                                               const LoadProgress &progress,
                                               Heartbeat *heartbeat) {
  G4RT_ASSIGN(LoadOptions options, loadOptions(flags));
  // Weights that were copied already are no longer available, but planned.
  if (options.memoryBytes)
    *options.memoryBytes += file.copiedBytes();
  options.heartbeat = heartbeat;
  options.progress = progress;
  return LoadedModel::load(std::move(file), options);
}

} // namespace g4rt
