//===- DropPages.cpp - Mapped memory ahead of use and after it ------------===//

#include "runtime/base/DropPages.h"

#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace g4rt {

static void advise(std::span<const std::byte> mapped, int advice) {
  if (mapped.empty())
    return;
  // madvise() wants whole pages: a mapping starts with one.
  static const auto pageBytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  auto at = reinterpret_cast<uintptr_t>(mapped.data());
  uintptr_t before = at % pageBytes;
  ::madvise(reinterpret_cast<void *>(at - before), mapped.size() + before,
            advice);
}

void dropPages(std::span<const std::byte> mapped) {
  advise(mapped, MADV_DONTNEED);
}

void readAhead(std::span<const std::byte> mapped) {
  advise(mapped, MADV_WILLNEED);
}

} // namespace g4rt
