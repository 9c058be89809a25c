//===- CodeModule.cpp - The kernels of a code object on a GPU -------------===//

#include "runtime/device/gpu/CodeModule.h"

#include <cstring>

namespace g4rt::gpu {

Status wrongCode(const std::string &what) {
  return Status(StatusCode::DataLoss, "loading GPU code: " + what);
}

/// Whether a table of an ELF file lies in it. `at` is where the file's head
/// says the table's offset, `sizesAt` where the size of an entry and the number
/// of entries.
static bool holdsTable(std::span<const std::byte> elf, size_t at,
                       size_t sizesAt) {
  uint64_t offset;
  uint16_t sizes[2];
  std::memcpy(&offset, elf.data() + at, sizeof(offset));
  std::memcpy(sizes, elf.data() + sizesAt, sizeof(sizes));
  return offset <= elf.size() &&
         uint64_t{sizes[0]} * sizes[1] <= elf.size() - offset;
}

Status checkElf(std::span<const std::byte> bytes, const std::string &noun) {
  constexpr size_t kHeadBytes = 64;
  if (bytes.size() < kHeadBytes || std::memcmp(bytes.data(), "\177ELF", 4) != 0)
    return wrongCode(std::to_string(bytes.size()) + " bytes are no " + noun);
  // Program and section headers; one of them ends the file.
  if (!holdsTable(bytes, 32, 54) || !holdsTable(bytes, 40, 58))
    return wrongCode("the " + noun + " is cut off");
  return Status();
}

/// `log` without the empty end.
static std::string oneLine(std::string log) {
  log.resize(std::strlen(log.c_str()));
  while (!log.empty() && (log.back() == '\n' || log.back() == ' '))
    log.pop_back();
  for (char &c : log)
    if (c == '\n')
      c = ' ';
  return log.empty() ? log : "; the driver's log: " + log;
}

/// `image` has a zero after it where it is a text.
Status CodeModule::loadImage(const void *image) {
  std::string log(8192, '\0');
  JitOption options[] = {kJitErrorLogBuffer, kJitErrorLogBufferBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  bool hasLog = driver_.facts().hasLoadLog;
  Status status = driver_.call<&DriverTable::moduleLoadData>(
      "loading GPU code", &module_, image, hasLog ? 2u : 0u,
      hasLog ? options : nullptr, hasLog ? values : nullptr);
  if (status.ok() || status.code() == StatusCode::Unavailable ||
      status.code() == StatusCode::ResourceExhausted)
    return status;
  return Status(StatusCode::DataLoss, status.message() + oneLine(log));
}

Result<std::unique_ptr<CodeModule>>
CodeModule::load(Driver &driver, const Gpu &gpu, Platform &platform,
                 const artifact::CodeObject &code,
                 std::span<const std::byte> bytes) {
  G4RT_TRY(platform.checkCode(driver, code, bytes));
  std::unique_ptr<CodeModule> module(new CodeModule(driver));
  // A copy: a text needs a zero after it, other code need not be aligned in the
  // file.
  module->image_.assign(reinterpret_cast<const char *>(bytes.data()),
                        bytes.size());
  G4RT_TRY(module->loadImage(module->image_.c_str()));
  if (!driver.facts().keepsImage)
    module->image_ = {};
  for (const artifact::Kernel *kernel : *code.kernels())
    G4RT_TRY(module->add(*kernel, gpu, platform));
  return module;
}

CodeModule::~CodeModule() {
  if (module_)
    driver_.release<&DriverTable::moduleUnload>(module_);
}

static Status checkLimits(const std::string &what, int64_t needed,
                          int64_t most) {
  if (needed <= most)
    return Status();
  return wrongCode("it needs " + std::to_string(needed) + " " + what +
                   " in a block, the GPU has " + std::to_string(most));
}

Result<GpuKernel> CodeModule::find(const artifact::Kernel &kernel) {
  std::string name = kernel.symbol()->str();
  GpuKernel found{.threads = kernel.threads(),
                  .scratchBytes = kernel.scratch_bytes(),
                  .numParams = kernel.params()->size()};
  Status status = driver_.call<&DriverTable::moduleGetFunction>(
      "kernel " + name, &found.function, module_, name.c_str());
  if (status.code() == StatusCode::Internal)
    return wrongCode(status.message());
  G4RT_TRY(std::move(status));
  return found;
}

Status CodeModule::add(const artifact::Kernel &kernel, const Gpu &gpu,
                       Platform &platform) {
  std::string what = "kernel " + kernel.symbol()->str();
  G4RT_ASSIGN(GpuKernel added, find(kernel));
  int maxThreads = 0, staticBytes = 0;
  G4RT_TRY(driver_.call<&DriverTable::functionGetAttribute>(
      what, &maxThreads, kFunctionMaxThreadsPerBlock, added.function));
  G4RT_TRY(driver_.call<&DriverTable::functionGetAttribute>(
      what, &staticBytes, kFunctionStaticSharedBytes, added.function));
  auto check = [&]() -> Status {
    G4RT_TRY(checkLimits("threads", added.threads, maxThreads));
    return checkLimits("bytes of shared memory",
                       int64_t{added.scratchBytes} + staticBytes,
                       gpu.maxScratchBytes);
  };
  if (Status status = check(); !status.ok())
    return std::move(status).during(what);
  kernels.push_back(added);
  if (added.scratchBytes == 0)
    return Status();
  return platform.allowScratch(driver_, what, added.function,
                               added.scratchBytes);
}

} // namespace g4rt::gpu
