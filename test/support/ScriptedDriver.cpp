//===- ScriptedDriver.cpp - A CUDA driver that does as it is told ---------===//

#include "test/support/ScriptedDriver.h"

#include "runtime/device/cpu/SharedObject.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <elf.h>

#include "test/support/ToyModel.h"

namespace g4rt {

using namespace cuda;

static ScriptedDriver *current = nullptr;

namespace {

using CpuKernel = void (*)(const uint64_t *, int64_t, int64_t, void *);

struct Module {
  SharedObject code;
  std::vector<std::unique_ptr<struct Function>> functions;
};

struct Function {
  CpuKernel run;
  size_t numParams;
  unsigned scratchLimit = 48 << 10;
};

template <typename Object, typename Handle>
Object *objectOf(Handle handle) {
  return reinterpret_cast<Object *>(handle);
}

/// A new object under a handle, counted as alive.
template <typename Handle, typename Object>
void give(Handle *handle, Object *object, const char *what) {
  ++current->alive[what];
  *handle = reinterpret_cast<Handle>(object);
}

template <typename Object, typename Handle>
DriverResult take(Handle handle, const char *what) {
  --current->alive[what];
  delete objectOf<Object>(handle);
  return kSuccess;
}

} // namespace

//===----------------------------------------------------------------------===//
// The functions, named as the members of the table
//===----------------------------------------------------------------------===//

namespace scripted {

static DriverResult init(unsigned) {
  return current->gpus.empty() ? kNoDevice : kSuccess;
}

static DriverResult driverGetVersion(int *version) {
  *version = current->version;
  return kSuccess;
}

static DriverResult getErrorName(DriverResult error, const char **name) {
  static const std::map<int, const char *> names = {
      {kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY"},
      {kDeviceUnavailable, "CUDA_ERROR_DEVICE_UNAVAILABLE"},
      {kInvalidImage, "CUDA_ERROR_INVALID_IMAGE"},
      {kNotFound, "CUDA_ERROR_NOT_FOUND"},
      {kIllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {kInvalidValue, "CUDA_ERROR_INVALID_VALUE"}};
  auto it = names.find(error);
  *name = it == names.end() ? nullptr : it->second;
  return *name ? kSuccess : kInvalidValue;
}

static DriverResult getErrorString(DriverResult error, const char **text) {
  *text = "words of the driver";
  return kSuccess;
}

static DriverResult deviceGetCount(int *count) {
  *count = static_cast<int>(current->gpus.size());
  return kSuccess;
}

static DriverResult deviceGet(DriverDevice *device, int ordinal) {
  *device = ordinal;
  return kSuccess;
}

static DriverResult deviceGetName(char *name, int bytes, DriverDevice device) {
  std::strncpy(name, current->gpus[device].name.c_str(), bytes);
  return kSuccess;
}

static DriverResult deviceGetUuid(DriverUuid *uuid, DriverDevice device) {
  std::memset(uuid->bytes, current->gpus[device].uuidByte, 16);
  return kSuccess;
}

static DriverResult deviceTotalMem(size_t *bytes, DriverDevice device) {
  *bytes = current->gpus[device].totalBytes;
  return kSuccess;
}

static DriverResult deviceGetAttribute(int *value, DeviceAttribute attribute,
                                       DriverDevice device) {
  const ScriptedGpu &gpu = current->gpus[device];
  static const std::map<int, int> values = {
      {kMaxThreadsPerBlock, 1024},
      {kMaxGridX, 2147483647},
      {kMaxGridY, 65535},
      {kMultiprocessorCount, 2},
      {kMaxSharedMemoryPerBlockOptin, 227 << 10}};
  *value = attribute == kComputeCapabilityMajor   ? gpu.major
           : attribute == kComputeCapabilityMinor ? gpu.minor
                                                  : values.at(attribute);
  return kSuccess;
}

static DriverContext contextOf(DriverDevice device) {
  return reinterpret_cast<DriverContext>(static_cast<uintptr_t>(device) + 1);
}

static DriverResult primaryContextRetain(DriverContext *context,
                                         DriverDevice device) {
  ++current->alive["context"];
  *context = contextOf(device);
  return kSuccess;
}

static DriverResult primaryContextRelease(DriverDevice) {
  --current->alive["context"];
  return kSuccess;
}

static DriverResult contextSetCurrent(DriverContext context) {
  current->contexts[std::this_thread::get_id()] = context;
  return kSuccess;
}

static DriverResult memGetInfo(size_t *freeBytes, size_t *totalBytes) {
  const ScriptedGpu &gpu = current->gpus[current->currentDevice()];
  *totalBytes = gpu.totalBytes;
  *freeBytes = gpu.totalBytes - gpu.usedBytes;
  return kSuccess;
}

static DriverResult memAlloc(DriverAddress *address, size_t bytes) {
  DriverDevice device = current->currentDevice();
  ScriptedGpu &gpu = current->gpus[device];
  if (bytes > gpu.totalBytes - gpu.usedBytes)
    return kOutOfMemory;
  void *at = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (bytes <= 1 << 20) // more stays untouched
    std::memset(at, 0xcd, bytes);
  *address = reinterpret_cast<DriverAddress>(at);
  current->memory[*address] = {bytes, device};
  gpu.usedBytes += bytes;
  ++current->alive["memory"];
  return kSuccess;
}

static DriverResult memFree(DriverAddress address) {
  auto [bytes, device] = current->memory.at(address);
  current->gpus[device].usedBytes -= bytes;
  current->memory.erase(address);
  --current->alive["memory"];
  std::free(reinterpret_cast<void *>(address));
  return kSuccess;
}

static DriverResult memHostAlloc(void **pointer, size_t bytes, unsigned) {
  *pointer = std::malloc(bytes);
  ++current->alive["host memory"];
  return kSuccess;
}

static DriverResult memFreeHost(void *pointer) {
  --current->alive["host memory"];
  std::free(pointer);
  return kSuccess;
}

/// Whether all of it lies in one allocation.
static bool isMemory(DriverAddress at, size_t bytes) {
  auto it = current->memory.upper_bound(at);
  if (it == current->memory.begin())
    return false;
  --it;
  uint64_t offset = at - it->first, size = it->second.bytes;
  return offset <= size && bytes <= size - offset;
}

static DriverResult memcpyToDevice(DriverAddress to, const void *from,
                                   size_t bytes, DriverStream) {
  if (!isMemory(to, bytes))
    return kInvalidValue;
  current->enqueue(
      [=] { std::memcpy(reinterpret_cast<void *>(to), from, bytes); });
  return kSuccess;
}

static DriverResult memcpyToHost(void *to, DriverAddress from, size_t bytes,
                                 DriverStream) {
  if (!isMemory(from, bytes))
    return kInvalidValue;
  current->enqueue(
      [=] { std::memcpy(to, reinterpret_cast<const void *>(from), bytes); });
  return kSuccess;
}

static DriverResult memcpyOnDevice(DriverAddress to, DriverAddress from,
                                   size_t bytes, DriverStream) {
  if (!isMemory(to, bytes) || !isMemory(from, bytes))
    return kInvalidValue;
  current->enqueue([=] {
    std::memcpy(reinterpret_cast<void *>(to),
                reinterpret_cast<const void *>(from), bytes);
  });
  return kSuccess;
}

static DriverResult memset(DriverAddress at, unsigned char value, size_t bytes,
                           DriverStream) {
  if (!isMemory(at, bytes))
    return kInvalidValue;
  current->enqueue(
      [=] { std::memset(reinterpret_cast<void *>(at), value, bytes); });
  return kSuccess;
}

static DriverResult streamCreate(DriverStream *stream, unsigned) {
  give(stream, new DriverDevice(current->currentDevice()), "stream");
  return kSuccess;
}

static DriverResult streamDestroy(DriverStream stream) {
  return take<DriverDevice>(stream, "stream");
}

static DriverResult streamSynchronize(DriverStream) {
  current->finish(nullptr);
  return kSuccess;
}

static DriverResult eventCreate(DriverEvent *event, unsigned) {
  give(event, new int, "event");
  return kSuccess;
}

static DriverResult eventDestroy(DriverEvent event) {
  return take<int>(event, "event");
}

static DriverResult eventRecord(DriverEvent event, DriverStream) {
  current->record(event);
  return kSuccess;
}

static DriverResult eventSynchronize(DriverEvent event) {
  current->finish(event);
  return kSuccess;
}

static DriverResult eventElapsedTime(float *milliseconds, DriverEvent,
                                     DriverEvent) {
  *milliseconds = 2.5f;
  return kSuccess;
}

static DriverResult moduleLoadData(DriverModule *module, const void *image,
                                   unsigned numOptions, JitOption *options,
                                   void **values) {
  if (std::memcmp(image, ELFMAG, SELFMAG) != 0) {
    for (unsigned i = 0; i < numOptions; ++i)
      if (options[i] == kJitErrorLogBuffer)
        std::strcpy(static_cast<char *>(values[i]), current->loadLog.c_str());
    return kInvalidImage;
  }
  // The linker writes the section headers last.
  Elf64_Ehdr head;
  std::memcpy(&head, image, sizeof(head));
  size_t bytes = head.e_shoff + size_t{head.e_shentsize} * head.e_shnum;
  auto code =
      SharedObject::load({static_cast<const std::byte *>(image), bytes});
  if (!code)
    return kInvalidImage;
  give(module, new Module{*std::move(code), {}}, "module");
  return kSuccess;
}

static DriverResult moduleUnload(DriverModule module) {
  return take<Module>(module, "module");
}

static DriverResult moduleGetFunction(DriverFunction *function,
                                      DriverModule module, const char *name) {
  auto &loaded = *objectOf<Module>(module);
  void *symbol = loaded.code.find(name);
  if (!symbol)
    return kNotFound;
  loaded.functions.push_back(std::make_unique<Function>(
      Function{reinterpret_cast<CpuKernel>(symbol), current->numParams[name]}));
  *function = reinterpret_cast<DriverFunction>(loaded.functions.back().get());
  return kSuccess;
}

static DriverResult
functionGetAttribute(int *value, FunctionAttribute attribute, DriverFunction) {
  *value = attribute == kFunctionMaxThreadsPerBlock
               ? current->maxThreadsOfAKernel
               : 0;
  return kSuccess;
}

static DriverResult functionSetAttribute(DriverFunction function,
                                         FunctionAttribute, int value) {
  objectOf<Function>(function)->scratchLimit = static_cast<unsigned>(value);
  return kSuccess;
}

static DriverResult launchKernel(DriverFunction handle, unsigned gridX,
                                 unsigned gridY, unsigned, unsigned, unsigned,
                                 unsigned, unsigned sharedBytes, DriverStream,
                                 void **params, void **) {
  const Function &function = *objectOf<Function>(handle);
  if (sharedBytes > function.scratchLimit || gridX == 0 || gridY == 0)
    return kInvalidValue;
  std::vector<uint64_t> args;
  for (size_t i = 0; i < function.numParams; ++i)
    args.push_back(*static_cast<uint64_t *>(params[i]));
  current->enqueue([=, run = function.run] {
    current->numBlocks += uint64_t{gridX} * gridY;
    std::vector<std::byte> scratch(sharedBytes);
    for (unsigned y = 0; y < gridY; ++y)
      for (unsigned x = 0; x < gridX; ++x)
        run(args.data(), x, y, scratch.data());
  });
  return kSuccess;
}

static DriverResult streamBeginCapture(DriverStream, int) {
  current->isCapturing = true;
  current->captured = std::make_unique<ScriptedDriver::Graph>();
  return kSuccess;
}

static DriverResult streamEndCapture(DriverStream, DriverGraph *graph) {
  current->isCapturing = false;
  give(graph, current->captured.release(), "graph");
  return kSuccess;
}

static DriverResult graphInstantiate(DriverGraphExec *exec, DriverGraph graph,
                                     unsigned long long) {
  give(exec, new ScriptedDriver::Graph(*objectOf<ScriptedDriver::Graph>(graph)),
       "graph exec");
  return kSuccess;
}

static DriverResult graphUpload(DriverGraphExec, DriverStream) {
  return kSuccess;
}

static DriverResult graphLaunch(DriverGraphExec exec, DriverStream) {
  for (const auto &work : objectOf<ScriptedDriver::Graph>(exec)->work)
    current->enqueue(work.run);
  return kSuccess;
}

static DriverResult graphDestroy(DriverGraph graph) {
  return take<ScriptedDriver::Graph>(graph, "graph");
}

static DriverResult graphExecDestroy(DriverGraphExec exec) {
  return take<ScriptedDriver::Graph>(exec, "graph exec");
}

} // namespace scripted

//===----------------------------------------------------------------------===//
// The script
//===----------------------------------------------------------------------===//

/// What every function does with a stream of another GPU.
template <typename Arg>
DriverResult checkArg(Arg) {
  return kSuccess;
}
template <>
DriverResult checkArg(DriverStream stream) {
  return current->isCurrent(stream) ? kSuccess : kInvalidValue;
}

/// `Function` after the question whether it is to fail.
template <auto Function, auto Member>
struct Scripted;
template <typename... Args, DriverResult (*Function)(Args...), auto Member>
struct Scripted<Function, Member> {
  static DriverResult call(Args... args) {
    DriverResult result = current->enter(kSymbol<Member>);
    ((result = result == kSuccess ? checkArg(args) : result), ...);
    return result == kSuccess ? Function(args...) : result;
  }
};

DriverTable ScriptedDriver::table() const {
  DriverTable table;
#define G4_SCRIPTED(member, symbol, parameters)                                \
  table.member = Scripted<&scripted::member, &DriverTable::member>::call;
  G4_CUDA_FUNCTIONS(G4_SCRIPTED)
#undef G4_SCRIPTED
  return table;
}

ScriptedDriver::ScriptedDriver() {
  assert(!current);
  current = this;
  ToyModel cpu, gpu;
  gpu.makeGpuProgram();
  for (const ToyModel *toy : {&cpu, &gpu})
    for (const auto &kernel : toy->tables.code[0]->kernels)
      numParams[kernel->symbol] = kernel->params.size();
}

ScriptedDriver::~ScriptedDriver() {
  for (auto &[at, ignored] : memory)
    std::free(reinterpret_cast<void *>(at));
  current = nullptr;
}

void ScriptedDriver::fail(const std::string &symbol, DriverResult result,
                          int skip) {
  failures_.push_back({symbol, result, skip});
}

int ScriptedDriver::numCalls(const std::string &symbol) const {
  auto it = calls_.find(symbol);
  return it == calls_.end() ? 0 : it->second;
}

DriverResult ScriptedDriver::enter(const char *symbol) {
  ++calls_[symbol];
  for (auto it = failures_.begin(); it != failures_.end(); ++it) {
    if (it->symbol != symbol || it->skip-- > 0)
      continue;
    DriverResult result = it->result;
    failures_.erase(it);
    return result;
  }
  return kSuccess;
}

DriverDevice ScriptedDriver::currentDevice() const {
  auto it = contexts.find(std::this_thread::get_id());
  return it == contexts.end()
             ? 0
             : static_cast<DriverDevice>(
                   reinterpret_cast<uintptr_t>(it->second) - 1);
}

bool ScriptedDriver::isCurrent(DriverStream stream) const {
  return !stream || (contexts.contains(std::this_thread::get_id()) &&
                     *objectOf<DriverDevice>(stream) == currentDevice());
}

void ScriptedDriver::enqueue(std::function<void()> run) {
  auto &work = isCapturing ? captured->work : stream;
  work.push_back({std::move(run)});
}

void ScriptedDriver::record(const void *event) {
  stream.push_back({[] {}, event});
}

void ScriptedDriver::finish(const void *event) {
  auto end = stream.size();
  if (event) {
    auto isRecord = [&](const Work &work) { return work.event == event; };
    auto last = std::find_if(stream.rbegin(), stream.rend(), isRecord);
    end = static_cast<size_t>(stream.rend() - last);
  }
  for (size_t i = 0; i < end; ++i)
    stream[i].run();
  stream.erase(stream.begin(), stream.begin() + static_cast<ptrdiff_t>(end));
}

} // namespace g4rt
