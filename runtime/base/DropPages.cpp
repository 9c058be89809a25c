//===- DropPages.cpp - Give mapped memory back ----------------------------===//

#include "runtime/base/DropPages.h"

#include <sys/mman.h>

namespace g4rt {

void dropPages(std::span<const std::byte> mapped) {
  // madvise() wants whole pages: a mapping starts with one.
  if (!mapped.empty())
    ::madvise(const_cast<std::byte *>(mapped.data()), mapped.size(),
              MADV_DONTNEED);
}

} // namespace g4rt
