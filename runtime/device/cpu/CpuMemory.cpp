//===- CpuMemory.cpp - Memory of this machine -----------------------------===//

#include "runtime/device/cpu/CpuMemory.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif

namespace g4rt {

constexpr bool kIsPoisoned = __has_feature(address_sanitizer);
constexpr uint64_t kPageBytes = 4096;

uint64_t machineMemoryBytes() {
  struct sysinfo info;
  uint64_t bytes = UINT64_MAX;
  if (::sysinfo(&info) == 0)
    bytes = (uint64_t{info.totalram} + info.totalswap) * info.mem_unit;
  // Version 2 of control groups; the file says "max" where there is no limit.
  std::ifstream group("/sys/fs/cgroup/memory.max");
  if (uint64_t limit; group >> limit)
    bytes = std::min(bytes, limit);
  return bytes;
}

/// For AddressSanitizer, which knows nothing of pages: `size` bytes of which
/// those from `bytes` on are nobody's, or no longer.
static void poison([[maybe_unused]] void *at, [[maybe_unused]] uint64_t bytes,
                   [[maybe_unused]] uint64_t size) {
#if __has_feature(address_sanitizer)
  ASAN_UNPOISON_MEMORY_REGION(at, size);
  ASAN_POISON_MEMORY_REGION(static_cast<char *>(at) + bytes, size - bytes);
#endif
}

Result<CpuPages> CpuPages::allocate(uint64_t bytes) {
  // One page more than is asked for, so that it begins after the last byte.
  uint64_t size =
      kIsPoisoned ? bytes + kPageBytes : std::max<uint64_t>(bytes, 1);
  void *at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return Status(StatusCode::ResourceExhausted,
                  "cpu: no memory for " + std::to_string(bytes) + " bytes");
  ::madvise(at, size, MADV_HUGEPAGE);
  poison(at, bytes, size);
  return CpuPages(at, size);
}

CpuPages::~CpuPages() {
  if (!at_)
    return;
  poison(at_, size_, size_);
  ::munmap(at_, size_);
}

} // namespace g4rt
