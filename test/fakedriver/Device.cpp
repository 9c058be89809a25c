//===- Device.cpp - One GPU of the fake driver ----------------------------===//

#include "test/fakedriver/Device.h"

#include <cstdio>
#include <unistd.h>

#include "test/fakedriver/Face.h"

namespace g4::fakedriver {

void complain(const std::string &problem) {
  std::fprintf(stderr, "%s: %s\n", face().name, problem.c_str());
}

void logEvent(const Settings &settings, const std::string &event) {
  if (settings.log.empty())
    return;
  if (FILE *file = std::fopen(settings.log.c_str(), "a")) {
    std::fprintf(file, "%s\n", event.c_str());
    std::fclose(file);
  }
}

Result Device::lose(Result result, const std::string &why) {
  complain(why);
  return sticky = result;
}

Result Device::drainAll() {
  Result result = defaultStream.drain();
  streams.forEach([&](Stream &stream) {
    if (result == kSuccess)
      result = stream.drain();
  });
  return result;
}

Stream *Device::capturing() {
  Stream *found = nullptr;
  constexpr int kRelaxed = 2;
  streams.forEach([&](Stream &stream) {
    if (stream.capture && stream.captureMode != kRelaxed)
      found = &stream;
  });
  return found;
}

Result Device::check(const Launch &launch) {
  const Function &function = *launch.function;
  auto refuse = [&](const std::string &why) {
    complain("launch of " + function.name + ": " + why);
    return kInvalidValue;
  };
  if (launch.grid.x < 1 || launch.grid.x > 0x7fffffff || launch.grid.y < 1 ||
      launch.grid.y > 0xffff)
    return refuse("a grid of " + std::to_string(launch.grid.x) + " x " +
                  std::to_string(launch.grid.y));
  if (static_cast<uint64_t>(launch.grid.x * function.info.threads) >
      face().maxThreadsX) {
    complain("launch of " + function.name + ": too many threads in a row");
    return kInvalidConfiguration;
  }
  if (launch.sharedBytes > static_cast<size_t>(function.maxDynamicSharedBytes))
    return refuse(std::to_string(launch.sharedBytes) +
                  " bytes of shared memory, at most " +
                  std::to_string(function.maxDynamicSharedBytes) + " were set");
  for (size_t i = 0; i < launch.args.size(); ++i)
    if ((function.info.addressParams >> i & 1) && launch.args[i] != 0 &&
        !memory.holds(launch.args[i], 0))
      return refuse("argument " + std::to_string(i) +
                    " is no address of this device's memory");
  return kSuccess;
}

bool Device::isToFail() {
  if (++numKernels == driver.failLaunch)
    return true;
  return !driver.faultFile.empty() && ::unlink(driver.faultFile.c_str()) == 0;
}

Result Device::run(const Launch &launch) {
  const Function &function = *launch.function;
  logEvent(driver, "kernel " + function.name);
  if (isToFail())
    return lose(kIllegalAddress, "kernel " + function.name + " fails as asked");
  std::vector<MemoryRange> ranges = memory.ranges();
  EmulatedKernel kernel{.function = function.code,
                        .numThreads = static_cast<int>(function.info.threads),
                        .warpSize = static_cast<int>(function.info.warpSize),
                        .scratchBytes = launch.sharedBytes};
  std::string problem =
      emulate(kernel, launch.args, launch.grid,
              {.seed = driver.seed + static_cast<uint32_t>(numKernels),
               .memory = ranges,
               .numWorkers = driver.numWorkers});
  if (problem.empty())
    return kSuccess;
  return lose(kIllegalAddress, "kernel " + function.name + ": " + problem);
}

} // namespace g4::fakedriver
