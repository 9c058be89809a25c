//===- Calibrate.cpp - g4c calibrate --------------------------------------===//

#include "models/Family.h"
#include "models/checkpoint/CalibrationFile.h"
#include "runtime/evaluate/Calibration.h"
#include "tools/g4c/Commands.h"
#include "tools/g4c/ReferenceFile.h"

#include "mlir/IR/MLIRContext.h"

#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace g4 {

using namespace g4rt;

namespace {

struct CalibrateArguments {
  std::string model, output;
  CalibrationOptions options;
};

} // namespace

static constexpr const char *kHelp =
    "Of a folder, bf16 or f32 as the checkpoint is, the inputs of linears are "
    "measured too; an artifact shows its experts alone. FILE is a .safetensors "
    "file: `g4c compile --calibration FILE` reads it.";

static Result<CalibrationFile>
calibrationOf(const std::string &artifact, const CalibrationOptions &options) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(artifact));
  G4RT_ASSIGN(Calibration found, calibrate(std::move(file), options));
  CalibrationFile result{
      .text = std::filesystem::path(options.text).filename().string(),
      .textChecksum = found.textChecksum,
      .rows = static_cast<uint64_t>(found.rows),
      .experts = {},
      .meanSquares = std::move(found.meanSquares),
      .moments = std::move(found.moments)};
  for (auto &[name, layer] : found.experts)
    result.experts[name] = {layer.numExperts, std::move(layer.rows)};
  return result;
}

static Result<CalibrationFile>
calibrateCheckpoint(const CalibrateArguments &args) {
  mlir::MLIRContext context;
  CompileOptions options;
  options.model = args.model;
  options.tapInputs = true;
  G4RT_ASSIGN(auto reference,
              ReferenceFile::compile(std::move(options), args.output, context));
  G4RT_ASSIGN(Checkpoint checkpoint, openModel(args.model));
  CalibrationOptions run = args.options;
  run.channels = [&](const std::string &name) {
    return checkpoint.find(name)->numCols();
  };
  return calibrationOf(reference->path(), run);
}

static int runCalibrate(CalibrateArguments args) {
  if (isatty(STDERR_FILENO))
    args.options.progress = showTokens;
  bool isCheckpoint = std::filesystem::is_directory(args.model) ||
                      args.model.ends_with(".gguf");
  auto result = isCheckpoint ? calibrateCheckpoint(args)
                             : calibrationOf(args.model, args.options);
  if (!result)
    return report(result.error());
  if (Status status = result->write(args.output); !status.ok())
    return report(status);
  std::printf("%s: %llu tokens, experts of %zu layers, inputs of %zu weights\n",
              args.output.c_str(),
              static_cast<unsigned long long>(result->rows),
              result->experts.size(), result->meanSquares.size());
  return kExitOk;
}

Command addCalibrate(CLI::App &app) {
  auto args = std::make_shared<CalibrateArguments>();
  app.add_option("MODEL", args->model,
                 "A checkpoint's folder or GGUF file, or an artifact")
      ->required();
  app.add_option("--text", args->options.text,
                 "What the model reads, as for `g4c evaluate`")
      ->required();
  app.add_option("-o,--output", args->output, "FILE")->required();
  app.add_option("--window", args->options.window,
                 "Tokens of a sequence of plain text")
      ->check(CLI::Range(int64_t{2}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--threads,-t", args->options.numThreads,
                 "Threads that compute [one for each core]")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--moments", args->options.moments,
               "Measure the products of all pairs of channels too, for the "
               "error feedback of --scale-search");
  app.footer(kHelp);
  return [args] { return runCalibrate(*args); };
}

} // namespace g4
