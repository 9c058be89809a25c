//===- CudaModule.cpp - The kernels of a code object on a GPU -------------===//

#include "runtime/device/cuda/CudaModule.h"

#include "runtime/device/cuda/CodeVersion.h"
#include "runtime/device/cuda/DriverLibrary.h"

#include <cstring>
#include <string>

namespace g4rt::cuda {

static Status wrong(const std::string &what) {
  return Status(StatusCode::DataLoss, "loading GPU code: " + what);
}

static Status checkDriver(Driver &driver, const artifact::CodeObject &code,
                          std::span<const std::byte> bytes) {
  int version = 0;
  G4RT_TRY(driver.call<&DriverTable::driverGetVersion>("loading GPU code",
                                                       &version));
  int needed = neededDriverVersion(code.format(), bytes);
  if (needed <= version)
    return Status();
  return wrong("the driver is for CUDA " + driverVersionText(version) +
               ", the code needs one for CUDA " + driverVersionText(needed) +
               " or newer");
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

/// The driver is told no size: it reads to where the file's head says that it
/// ends.
static Status checkImage(const artifact::CodeObject &code,
                         std::span<const std::byte> bytes) {
  if (code.format() == artifact::CodeFormat::ptx)
    return bytes.empty() ? wrong("no bytes are no PTX") : Status();
  if (code.format() != artifact::CodeFormat::cubin)
    return wrong("it is neither a cubin nor PTX");
  constexpr size_t kHeadBytes = 64;
  if (bytes.size() < kHeadBytes || std::memcmp(bytes.data(), "\177ELF", 4) != 0)
    return wrong(std::to_string(bytes.size()) + " bytes are no cubin");
  // Program and section headers; one of them ends the file.
  if (!holdsTable(bytes, 32, 54) || !holdsTable(bytes, 40, 58))
    return wrong("the cubin is cut off");
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

/// A module of this image, whose text ends with a zero where it is PTX.
static Status loadImage(Driver &driver, const void *image,
                        DriverModule &module) {
  std::string log(8192, '\0');
  JitOption options[] = {kJitErrorLogBuffer, kJitErrorLogBufferBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  Status status = driver.call<&DriverTable::moduleLoadData>(
      "loading GPU code", &module, image, 2u, options, values);
  if (status.ok() || status.code() == StatusCode::Unavailable ||
      status.code() == StatusCode::ResourceExhausted)
    return status;
  return Status(StatusCode::DataLoss, status.message() + oneLine(log));
}

Result<std::unique_ptr<CudaModule>>
CudaModule::load(Driver &driver, const Gpu &gpu,
                 const artifact::CodeObject &code,
                 std::span<const std::byte> bytes) {
  G4RT_TRY(checkImage(code, bytes));
  G4RT_TRY(checkDriver(driver, code, bytes));
  std::unique_ptr<CudaModule> module(new CudaModule(driver));
  // A copy: PTX needs a zero after it, a cubin in the file need not be
  // aligned.
  std::string image(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  G4RT_TRY(loadImage(driver, image.c_str(), module->module_));
  for (const artifact::Kernel *kernel : *code.kernels())
    G4RT_TRY(module->add(*kernel, gpu));
  return module;
}

CudaModule::~CudaModule() {
  if (module_)
    driver_.release<&DriverTable::moduleUnload>(module_);
}

static Status checkLimits(const std::string &what, int64_t needed,
                          int64_t most) {
  if (needed <= most)
    return Status();
  return wrong("it needs " + std::to_string(needed) + " " + what +
               " in a block, the GPU has " + std::to_string(most));
}

Status CudaModule::add(const artifact::Kernel &kernel, const Gpu &gpu) {
  std::string name = kernel.symbol()->str();
  CudaKernel added{.threads = kernel.threads(),
                   .scratchBytes = kernel.scratch_bytes(),
                   .numParams = kernel.params()->size()};
  Status found = driver_.call<&DriverTable::moduleGetFunction>(
      "kernel " + name, &added.function, module_, name.c_str());
  if (found.code() == StatusCode::Internal)
    return wrong(found.message());
  G4RT_TRY(found);
  int maxThreads = 0, staticBytes = 0;
  G4RT_TRY(driver_.call<&DriverTable::functionGetAttribute>(
      "kernel " + name, &maxThreads, kFunctionMaxThreadsPerBlock,
      added.function));
  G4RT_TRY(driver_.call<&DriverTable::functionGetAttribute>(
      "kernel " + name, &staticBytes, kFunctionStaticSharedBytes,
      added.function));
  auto check = [&]() -> Status {
    G4RT_TRY(checkLimits("threads", added.threads, maxThreads));
    return checkLimits("bytes of shared memory",
                       int64_t{added.scratchBytes} + staticBytes,
                       gpu.maxScratchBytes);
  };
  if (Status status = check(); !status.ok())
    return std::move(status).during("kernel " + name);
  kernels.push_back(added);
  if (added.scratchBytes == 0)
    return Status();
  return driver_.call<&DriverTable::functionSetAttribute>(
      "kernel " + name, added.function, kFunctionMaxDynamicSharedBytes,
      static_cast<int>(added.scratchBytes));
}

} // namespace g4rt::cuda
