//===- Canary.cpp - The answers that an artifact's canary holds -----------===//

#include "tools/g4c/Canary.h"

#include "runtime/base/DropPages.h"
#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/exec/Canary.h"
#include "runtime/exec/VariantChoice.h"

namespace g4 {

using namespace g4rt;

/// The canary reads every weight once, most experts too: they need not stay in
/// this process's memory.
static void dropWeights(const ArtifactFile &file,
                        const g4rt::artifact::Launch &launch) {
  for (const auto *arg : *launch.args())
    if (arg->kind() == g4rt::artifact::ArgKind::weight)
      dropPages(
          file.bytesOf(*file.root().weights()->Get(arg->index())->data()));
}

Result<std::vector<float>> makeCanary(const std::string &path) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(path));
  std::unique_ptr<Device> device = createCpuDevice(/*numThreads=*/0);
  G4RT_ASSIGN(VariantChoice choice, chooseVariant(file.root(), *device));
  const g4rt::artifact::Canary &canary = *file.root().canary();
  std::vector<std::string> names;
  for (const auto *name : *canary.names())
    names.push_back(name->str());
  std::vector<int32_t> tokens(canary.token_ids()->begin(),
                              canary.token_ids()->end());
  auto numTokens = static_cast<int64_t>(tokens.size());
  ExecutorOptions options{.maxSequences = 1,
                          .maxModelLength = numTokens,
                          .maxStepTokens = numTokens,
                          .maxChunkTokens = numTokens};
  G4RT_ASSIGN(MemoryPlan plan,
              planMemory(file.root(), *choice.variant->program(), options));
  G4RT_ASSIGN(auto executor,
              ProgramExecutor::create(file, *choice.variant, *device, plan));
  executor->setLaunchSink(
      [&](const LaunchTime &launch) { dropWeights(file, *launch.table); });
  return runCanary(*executor, tokens, names);
}

} // namespace g4
