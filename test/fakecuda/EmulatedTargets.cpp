//===- EmulatedTargets.cpp - g4c whose GPU code runs in the emulator ------===//
//
// Stands where tools/g4c/Targets.cpp does: what is compiled for sm90 looks like
// what g4c makes, and its code is that of the emulated back end.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CpuBackend.h"
#include "codegen/cuda/CudaBackend.h"
#include "codegen/emulator/EmulatedBackend.h"
#include "tools/g4c/Commands.h"
#include "tools/g4c/Targets.h"

#include <cstdio>

namespace g4 {

g4rt::Result<std::vector<std::unique_ptr<KernelBackend>>>
makeBackends(const std::vector<std::string> &names) {
  std::vector<std::unique_ptr<KernelBackend>> backends;
  for (const std::string &name : names) {
    if (const NvidiaTarget *target = findNvidiaTarget(name))
      backends.push_back(createEmulatedBackend(createCudaBackend(*target)));
    else if (const CpuTarget *target = findCpuTarget(name))
      backends.push_back(createCpuBackend(*target));
    else
      return g4rt::Status(g4rt::StatusCode::InvalidArgument,
                          "--target \"" + name + "\": no such target");
  }
  return backends;
}

Command addTargets(CLI::App &) {
  return [] {
    for (const NvidiaTarget &target : allNvidiaTargets())
      std::printf("%s (emulated)\n", target.name);
    return kExitOk;
  };
}

} // namespace g4
