//===- ModuleCalls.cpp - Code and launches of a fake driver ---------------===//

#include <cstdio>

#include "test/fakedriver/Calls.h"
#include "test/fakedriver/Driver.h"

namespace g4::fakedriver {

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

Result moduleLoadData(const char *call, void **module, const void *image,
                      unsigned numOptions, int *options, void **values) {
  return inContext(call, InCapture::Forbidden, [&](Device &device) {
    auto loaded = std::make_unique<CodeModule>();
    std::string log;
    Result result = loaded->load(image, device.settings, log);
    writeLog(log, numOptions, options, values);
    if (result == kSuccess)
      *module = device.modules.add(std::move(loaded));
    return result;
  });
}

Result moduleUnload(const char *call, void *module) {
  return inContext(call, InCapture::Forbidden, [&](Device &device) {
    if (Result result = device.drainAll(); result != kSuccess)
      return result;
    return device.modules.remove(module) ? kSuccess : kInvalidHandle;
  });
}

Result moduleGetFunction(const char *call, void **function, void *module,
                         const char *name) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
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
  bool hasImage = true;
  device.modules.forEach([&](CodeModule &module) {
    if (!module.has(handle))
      return;
    found = static_cast<Function *>(handle);
    hasImage = module.hasImage();
  });
  if (!found)
    complain(std::string(call) + ": no such function");
  if (hasImage)
    return found;
  complain(std::string(call) + ": the module's code was given back");
  return nullptr;
}

Result functionGetAttribute(const char *call, int *value, int attribute,
                            void *handle) {
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

Result functionSetAttribute(const char *call, void *handle, int attribute,
                            int value) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    Function *function = functionOf(call, device, handle);
    if (!function)
      return kInvalidHandle;
    if (attribute != kFunctionMaxDynamicSharedBytes || value < 0 ||
        value > device.settings.maxSharedBytes)
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

Result launchKernel(const char *call, void *handle, unsigned gridX,
                    unsigned gridY, unsigned gridZ, unsigned blockX,
                    unsigned blockY, unsigned blockZ, unsigned sharedBytes,
                    void *stream, void **params, void **extra) {
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

} // namespace g4::fakedriver
