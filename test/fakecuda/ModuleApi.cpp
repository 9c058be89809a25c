//===- ModuleApi.cpp - Code and launches of the fake driver ---------------===//

#include <cstdio>

#include "test/fakecuda/Driver.h"

namespace g4::fakecuda {

/// Writes `log` where the caller's options want it.
static void writeLog(const std::string &log, unsigned numOptions,
                     const int *options, void **values) {
  constexpr int kErrorLogBuffer = 5, kErrorLogBytes = 6;
  char *buffer = nullptr;
  size_t bytes = 0;
  for (unsigned i = 0; i < numOptions; ++i) {
    if (options[i] == kErrorLogBuffer)
      buffer = static_cast<char *>(values[i]);
    if (options[i] == kErrorLogBytes)
      bytes = reinterpret_cast<size_t>(values[i]);
  }
  if (buffer && bytes)
    std::snprintf(buffer, bytes, "%s", log.c_str());
}

G4_FAKE_API cuModuleLoadDataEx(void **module, const void *image,
                               unsigned numOptions, int *options,
                               void **values) {
  return inContext(
      "cuModuleLoadDataEx", InCapture::Forbidden, [&](Device &device) {
        auto loaded = std::make_unique<CodeModule>();
        std::string log;
        Result result = loaded->load(
            image, 10 * device.settings.major + device.settings.minor, log);
        writeLog(log, numOptions, options, values);
        if (result == kSuccess)
          *module = device.modules.add(std::move(loaded));
        return result;
      });
}

G4_FAKE_API cuModuleUnload(void *module) {
  return inContext("cuModuleUnload", InCapture::Forbidden, [&](Device &device) {
    if (Result result = device.drainAll(); result != kSuccess)
      return result;
    return device.modules.remove(module) ? kSuccess : kInvalidHandle;
  });
}

G4_FAKE_API cuModuleGetFunction(void **function, void *module,
                                const char *name) {
  return inContext("cuModuleGetFunction", InCapture::Allowed,
                   [&](Device &device) {
                     CodeModule *found = device.modules.find(module);
                     if (!found)
                       return kInvalidHandle;
                     *function = found->find(name);
                     return *function ? kSuccess : kNotFound;
                   });
}

/// The function, if a module that is loaded has it; null otherwise.
static Function *functionOf(const char *call, Device &device, void *handle) {
  Function *found = nullptr;
  device.modules.forEach([&](CodeModule &module) {
    if (module.has(handle))
      found = static_cast<Function *>(handle);
  });
  if (!found)
    complain(std::string(call) + ": no such function");
  return found;
}

G4_FAKE_API cuFuncGetAttribute(int *value, int attribute, void *handle) {
  const char *call = "cuFuncGetAttribute";
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    Function *function = functionOf(call, device, handle);
    if (!function)
      return kInvalidHandle;
    switch (static_cast<FunctionAttribute>(attribute)) {
    case kFunctionMaxThreadsPerBlock:
      *value = static_cast<int>(function->info.threads);
      return kSuccess;
    case kFunctionSharedBytes:
    case kFunctionConstBytes:
    case kFunctionLocalBytes:
    case kFunctionNumRegisters:
      *value = 0;
      return kSuccess;
    case kFunctionMaxDynamicSharedBytes:
      *value = function->maxDynamicSharedBytes;
      return kSuccess;
    }
    return kInvalidValue;
  });
}

G4_FAKE_API cuFuncSetAttribute(void *handle, int attribute, int value) {
  const char *call = "cuFuncSetAttribute";
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    Function *function = functionOf(call, device, handle);
    if (!function)
      return kInvalidHandle;
    if (attribute != kFunctionMaxDynamicSharedBytes || value < 0 ||
        value > device.settings.maxSharedBytes())
      return kInvalidValue;
    function->maxDynamicSharedBytes = value;
    return kSuccess;
  });
}

static std::vector<uint64_t> argumentsOf(const Function &function,
                                         void **params) {
  std::vector<uint64_t> args;
  for (int64_t i = 0; i < function.info.numParams; ++i)
    args.push_back(*static_cast<uint64_t *>(params[i]));
  return args;
}

G4_FAKE_API cuLaunchKernel(void *handle, unsigned gridX, unsigned gridY,
                           unsigned gridZ, unsigned blockX, unsigned blockY,
                           unsigned blockZ, unsigned sharedBytes, void *stream,
                           void **params, void **extra) {
  const char *call = "cuLaunchKernel";
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    Function *function = functionOf(call, device, handle);
    Stream *found = streamOf(call, device, stream);
    if (!function || !found)
      return kInvalidHandle;
    if (gridZ != 1 || blockY != 1 || blockZ != 1 || !params || extra ||
        blockX != static_cast<unsigned>(function->info.threads)) {
      complain("launch of " + function->name + ": blocks of " +
               std::to_string(blockX) + " threads, compiled for " +
               std::to_string(function->info.threads));
      return kInvalidValue;
    }
    Launch launch{
        function, {gridX, gridY}, sharedBytes, argumentsOf(*function, params)};
    if (Result result = device.check(launch); result != kSuccess)
      return result;
    return found->add([&device, launch] { return device.run(launch); });
  });
}

} // namespace g4::fakecuda
