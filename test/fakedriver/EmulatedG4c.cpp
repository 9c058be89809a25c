//===- EmulatedG4c.cpp - g4c compile whose GPU code is emulated -----------===//
//
//   g4c-emulated compile MODEL -o FILE --target sm90,x86-64-v3 [--weights W]
//       [--synthetic-weights SEED] [--canary] [--merge-launches]
//
// The phases are g4c's; for a GPU the emulated back end emits.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CpuBackend.h"
#include "codegen/cuda/CudaBackend.h"
#include "codegen/emulator/EmulatedBackend.h"
#include "codegen/hip/HipBackend.h"
#include "compiler/pipeline/Pipeline.h"
#include "tools/g4c/Canary.h"

#include "mlir/IR/MLIRContext.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace g4 {

/// Null if there is no such target.
static std::unique_ptr<KernelBackend> makeBackend(const std::string &name) {
  if (const NvidiaTarget *target = findNvidiaTarget(name))
    return createEmulatedBackend(createCudaBackend(*target));
  if (const AmdTarget *target = findAmdTarget(name))
    return createEmulatedBackend(createHipBackend(*target));
  if (const CpuTarget *target = findCpuTarget(name))
    return createCpuBackend(*target);
  return nullptr;
}

static int run(CompileOptions &options,
               const std::vector<std::string> &targets) {
  for (const std::string &name : targets) {
    options.backends.push_back(makeBackend(name));
    if (!options.backends.back()) {
      std::fprintf(stderr, "g4c-emulated: no target \"%s\"\n", name.c_str());
      return 2;
    }
  }
  mlir::MLIRContext context;
  g4rt::Status status = compile(options, context);
  if (!status.ok())
    std::fprintf(stderr, "g4c-emulated: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}

} // namespace g4

int main(int argc, char **argv) {
  CLI::App app("g4c compile, with emulated GPU code", "g4c-emulated");
  CLI::App &command = *app.add_subcommand("compile");
  g4::CompileOptions options;
  std::vector<std::string> targets;
  options.progress = [](g4::Phase, uint64_t, uint64_t) {};
  command.add_option("MODEL", options.model)->required();
  command.add_option("-o,--output", options.output)->required();
  command.add_option("--weights", options.weights);
  command.add_option("--activations", options.activations);
  command.add_option("--kv-cache-dtype", options.kvCache);
  command.add_option("--synthetic-weights", options.syntheticSeed);
  command.add_option("--name", options.name);
  command.add_flag("--merge-launches", options.mergeLaunches);
  // Not by default: an emulated GPU takes seconds for it at every load.
  command.add_flag_function(
      "--canary", [&](int64_t) { options.makeCanary = g4::makeCanary; });
  command.add_option("--target", targets)->delimiter(',')->required();
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);
  return g4::run(options, targets);
}
