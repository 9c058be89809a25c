//===- Targets.cpp - What g4c can compile for -----------------------------===//

#include "tools/g4c/Targets.h"

#include "codegen/cpu/CpuBackend.h"
#include "codegen/cuda/CudaBackend.h"
#include "codegen/hip/HipBackend.h"
#include "runtime/device/Cards.h"
#include "tools/g4c/Commands.h"

#include <cstdio>
#include <set>

namespace g4 {

static g4rt::Status invalid(const std::string &message) {
  return g4rt::Status(g4rt::StatusCode::InvalidArgument, message);
}

/// The name of the target that `name` stands for.
static g4rt::Result<std::string> resolve(const std::string &name) {
  if (name == "native") {
    if (const CpuTarget *target = nativeCpuTarget())
      return target->name;
    return invalid("--target native: this machine lacks AVX2, the least that "
                   "g4 compiles for");
  }
  if (!findCpuTarget(name) && !findNvidiaTarget(name) && !findAmdTarget(name))
    return invalid("--target \"" + name +
                   "\": no such target; `g4c targets` lists them");
  return name;
}

g4rt::Result<std::vector<std::unique_ptr<KernelBackend>>>
makeBackends(const std::vector<std::string> &names) {
  std::set<std::string> wanted;
  for (const std::string &name : names) {
    G4RT_ASSIGN(std::string target, resolve(name));
    wanted.insert(target);
  }
  std::vector<std::unique_ptr<KernelBackend>> backends;
  for (const NvidiaTarget &target : allNvidiaTargets())
    if (wanted.count(target.name))
      backends.push_back(createCudaBackend(target));
  for (const AmdTarget &target : allAmdTargets())
    if (wanted.count(target.name))
      backends.push_back(createHipBackend(target));
  for (const CpuTarget &target : allCpuTargets())
    if (wanted.count(target.name))
      backends.push_back(createCpuBackend(target));
  return backends;
}

static void printTargets() {
  const char *code = canAssemblePtx() ? "cubin" : "PTX";
  for (const NvidiaTarget &target : allNvidiaTargets())
    std::printf("%-16s needs %s  (%s)\n", target.name,
                featureOf(target).c_str(), code);
  for (const AmdTarget &target : allAmdTargets())
    std::printf("%-16s needs %s  (HSACO)\n", target.name, target.name);
  const CpuTarget *native = nativeCpuTarget();
  for (const CpuTarget &target : allCpuTargets()) {
    std::string features;
    for (const std::string &feature : target.features)
      features += " " + feature;
    std::printf("%-16s needs%s%s\n", target.name.c_str(), features.c_str(),
                &target == native ? "  (native)" : "");
  }
}

static void printGpus() {
  std::printf("%-22s %-8s %7s %7s  %s\n", "GPU", "target", "memory", "GB/s",
              "source");
  for (const g4rt::Card &card : g4rt::knownCards())
    std::printf("%-22s %-8s %4.0f GB %7.1f  %s\n", card.name.c_str(),
                card.target().c_str(),
                static_cast<double>(card.memoryBytes >> 20) / 1024,
                card.bandwidth / 1e9, card.source.c_str());
}

Command addTargets(CLI::App &app) {
  auto gpus = std::make_shared<bool>(false);
  app.add_flag("--gpus", *gpus,
               "List the GPUs whose figures are known, with their sources");
  return [gpus] {
    if (*gpus)
      printGpus();
    else
      printTargets();
    return kExitOk;
  };
}

} // namespace g4
