//===- DropPages.h - Mapped memory ahead of use and after it ----*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_DROPPAGES_H
#define G4_RUNTIME_BASE_DROPPAGES_H

#include <cstddef>
#include <span>

namespace g4rt {

/// Takes the pages of a mapped file's bytes, and what else lies in them, out of
/// this process's memory; they are read again when they are used again. What is
/// read of a large file otherwise counts as this process's until the system is
/// short of memory. Any thread may read the bytes meanwhile. No-op if the
/// system refuses.
void dropPages(std::span<const std::byte> mapped);

/// Has the system read the bytes of a mapped file that will be used soon; does
/// not wait for them.
void readAhead(std::span<const std::byte> mapped);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_DROPPAGES_H
