//===- CpuMemory.cpp - Memory of this machine -----------------------------===//

#include "runtime/device/cpu/CpuMemory.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <sys/mman.h>
#include <sys/sysinfo.h>

namespace g4rt {

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

Result<CpuPages> CpuPages::allocate(uint64_t bytes) {
  bytes = std::max<uint64_t>(bytes, 1);
  void *at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return Status(StatusCode::ResourceExhausted,
                  "cpu: no memory for " + std::to_string(bytes) + " bytes");
  ::madvise(at, bytes, MADV_HUGEPAGE);
  return CpuPages(at, bytes);
}

CpuPages::~CpuPages() {
  if (at_)
    ::munmap(at_, size_);
}

} // namespace g4rt
