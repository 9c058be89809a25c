//===- CpuDevice.cpp - This machine's cores as a device -------------------===//
//
// A kernel is a function
//
//   void kernel(const uint64_t *args, int64_t x, int64_t y, void *scratch)
//
// of a shared object, which is loaded from memory: the bytes go to an anonymous
// file (memfd), so no file of this process is both written and executed.
//
//===----------------------------------------------------------------------===//

#include "runtime/device/cpu/CpuDevice.h"

#include "runtime/device/cpu/CpuFeatures.h"
#include "runtime/device/cpu/ThreadPool.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

namespace g4rt {

namespace {

using KernelFunction = void (*)(const uint64_t *, int64_t, int64_t, void *);

struct CpuKernel {
  KernelFunction function;
  uint64_t scratchBytes;
};

class CpuModule final : public KernelModule {
public:
  explicit CpuModule(void *handle) : handle_(handle) {}
  ~CpuModule() override { ::dlclose(handle_); }

  std::vector<CpuKernel> kernels;

private:
  void *handle_;
};

/// Anonymous pages; large ones where the kernel has them.
class Pages {
public:
  explicit Pages(uint64_t bytes) : size_(bytes) {
    at_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at_ == MAP_FAILED)
      at_ = nullptr;
    else
      ::madvise(at_, bytes, MADV_HUGEPAGE);
  }
  Pages(Pages &&other) noexcept
      : at_(std::exchange(other.at_, nullptr)), size_(other.size_) {}
  Pages &operator=(Pages &&) = delete;
  ~Pages() {
    if (at_)
      ::munmap(at_, size_);
  }
  void *data() const { return at_; }

private:
  void *at_ = nullptr;
  uint64_t size_;
};

int usableCores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof(set), &set) != 0)
    return 1;
  return std::max(1, CPU_COUNT(&set));
}

class CpuDevice final : public Device {
public:
  explicit CpuDevice(int numThreads)
      : pool_(numThreads > 0 ? numThreads : usableCores()) {}

  std::string_view name() const override { return "cpu"; }
  artifact::DeviceKind kind() const override {
    return artifact::DeviceKind::cpu;
  }
  bool hasFeature(std::string_view feature) const override {
    return hasCpuFeature(feature);
  }
  Result<DeviceAddress> allocate(uint64_t bytes) override;
  Result<DeviceAddress> adopt(std::span<const std::byte> bytes) override {
    return addressOf(bytes.data());
  }
  Result<std::unique_ptr<KernelModule>>
  loadCode(const artifact::CodeObject &code,
           std::span<const std::byte> bytes) override;
  Status copyIn(DeviceAddress to, std::span<const std::byte> from) override {
    std::memcpy(pointerOf(to), from.data(), from.size());
    return Status();
  }
  Status launch(const KernelCall &call) override;
  Status synchronize() override { return Status(); }
  Status copyOut(std::span<std::byte> to, DeviceAddress from) override {
    std::memcpy(to.data(), pointerOf(from), to.size());
    return Status();
  }
  const std::byte *hostPointer(DeviceAddress address) const override {
    return static_cast<const std::byte *>(pointerOf(address));
  }

private:
  static DeviceAddress addressOf(const void *pointer) {
    return DeviceAddress{reinterpret_cast<uint64_t>(pointer)};
  }
  static void *pointerOf(DeviceAddress address) {
    return reinterpret_cast<void *>(static_cast<uint64_t>(address));
  }
  Status reserveScratch(uint64_t bytes);

  ThreadPool pool_;
  std::vector<Pages> allocations_;
  std::vector<Pages> scratch_; // one for each thread
  uint64_t scratchBytes_ = 0;
};

Result<DeviceAddress> CpuDevice::allocate(uint64_t bytes) {
  Pages pages(std::max<uint64_t>(bytes, 1));
  if (!pages.data())
    return Status(StatusCode::ResourceExhausted,
                  "cpu: no memory for " + std::to_string(bytes) + " bytes");
  allocations_.push_back(std::move(pages));
  return addressOf(allocations_.back().data());
}

Status CpuDevice::reserveScratch(uint64_t bytes) {
  if (bytes <= scratchBytes_)
    return Status();
  scratch_.clear();
  for (int i = 0; i < pool_.numThreads(); ++i) {
    scratch_.emplace_back(bytes);
    if (!scratch_.back().data())
      return Status(StatusCode::ResourceExhausted,
                    "cpu: no memory for scratch");
  }
  scratchBytes_ = bytes;
  return Status();
}

Status failure(const char *call, const std::string &reason) {
  return Status(StatusCode::DataLoss,
                std::string("loading CPU code: ") + call + ": " + reason);
}

/// A handle of dlopen for a shared object in memory.
Result<void *> openFromMemory(std::span<const std::byte> bytes) {
  int fd = ::memfd_create("g4-kernels", MFD_CLOEXEC);
  if (fd < 0)
    return failure("memfd_create", std::strerror(errno));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n <= 0) {
      ::close(fd);
      return failure("write", std::strerror(errno));
    }
    done += static_cast<size_t>(n);
  }
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  void *handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ::close(fd);
  if (!handle)
    return failure("dlopen", ::dlerror());
  return handle;
}

Result<std::unique_ptr<KernelModule>>
CpuDevice::loadCode(const artifact::CodeObject &code,
                    std::span<const std::byte> bytes) {
  if (code.format() != artifact::CodeFormat::elf_shared_object)
    return Status(StatusCode::DataLoss,
                  "loading CPU code: it is not an ELF shared object");
  G4RT_ASSIGN(void *handle, openFromMemory(bytes));
  auto module = std::make_unique<CpuModule>(handle);
  uint64_t scratch = 0;
  for (const artifact::Kernel *kernel : *code.kernels()) {
    void *symbol = ::dlsym(handle, kernel->symbol()->c_str());
    if (!symbol)
      return failure("no kernel", kernel->symbol()->str());
    module->kernels.push_back({reinterpret_cast<KernelFunction>(symbol),
                               kernel->scratch_bytes()});
    scratch = std::max<uint64_t>(scratch, kernel->scratch_bytes());
  }
  G4RT_TRY(reserveScratch(std::max<uint64_t>(scratch, 1)));
  return std::unique_ptr<KernelModule>(std::move(module));
}

Status CpuDevice::launch(const KernelCall &call) {
  struct Job {
    KernelFunction function;
    const uint64_t *args;
    uint64_t gridX;
    const std::vector<Pages> &scratch;
  };
  const auto &module = static_cast<const CpuModule &>(*call.module);
  Job job{module.kernels[call.kernel].function, call.args.data(), call.gridX,
          scratch_};
  // Consecutive items share a column of the grid: the same part of the weight.
  pool_.forEach(
      call.gridX * call.gridY,
      [](void *context, uint64_t item, int thread) {
        const Job &job = *static_cast<const Job *>(context);
        job.function(job.args, static_cast<int64_t>(item % job.gridX),
                     static_cast<int64_t>(item / job.gridX),
                     job.scratch[thread].data());
      },
      &job);
  return Status();
}

} // namespace

std::unique_ptr<Device> createCpuDevice(int numThreads) {
  return std::make_unique<CpuDevice>(numThreads);
}

} // namespace g4rt
