//===- DropPages.h - Give mapped memory back --------------------*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_DROPPAGES_H
#define G4_RUNTIME_BASE_DROPPAGES_H

#include <cstddef>
#include <span>

namespace g4rt {

/// Takes the pages of a mapped file's bytes out of this process's memory; they
/// are read again when they are used again. What is read of a large file
/// otherwise counts as this process's until the system is short of memory. Any
/// thread may read the bytes meanwhile. No-op if the system refuses.
void dropPages(std::span<const std::byte> mapped);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_DROPPAGES_H
