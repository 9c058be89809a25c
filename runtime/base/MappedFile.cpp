//===- MappedFile.cpp - A file as read-only memory ------------------------===//

#include "runtime/base/MappedFile.h"

#include "runtime/base/LostFile.h"
#include "runtime/base/SystemMemory.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace g4rt {

/// Memory of the size of `file`: its pages, or pages that are written to.
static Result<std::span<std::byte>> mapPages(const OpenFile &file,
                                             FileBytes from) {
  bool isCopy = from == FileBytes::Copied;
  int access = isCopy ? PROT_READ | PROT_WRITE : PROT_READ;
  int flags = isCopy ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void *at = ::mmap(nullptr, file.sizeBytes(), access, flags,
                    isCopy ? -1 : file.descriptor(), 0);
  if (at == MAP_FAILED)
    return Status(StatusCode::ResourceExhausted,
                  file.path() + ": mmap: " + std::strerror(errno));
  // Large pages, as far as the file system has them: a read of all weights
  // walks less through page tables, and the first one takes 2 MiB at a time. It
  // is a wish; nothing is lost where it is not granted.
  ::madvise(at, file.sizeBytes(), MADV_HUGEPAGE);
  return std::span(static_cast<std::byte *>(at), file.sizeBytes());
}

/// A system that promises more than it has would end some process instead.
static Status checkRoomForCopy(const OpenFile &file) {
  auto available = availableMemoryBytes();
  if (!available || file.sizeBytes() <= *available)
    return Status();
  return Status(StatusCode::ResourceExhausted,
                file.path() + ": a copy in memory needs " +
                    byteText(file.sizeBytes()) + ", " + byteText(*available) +
                    " are available");
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  G4RT_ASSIGN(OpenFile file, OpenFile::open(path));
  return open(std::move(file), FileBytes::Mapped);
}

Result<MappedFile> MappedFile::open(OpenFile file, FileBytes from) {
  MappedFile mapped;
  mapped.file_ = std::move(file);
  if (mapped.file_.sizeBytes() == 0)
    return mapped;
  if (from == FileBytes::Copied)
    G4RT_TRY(checkRoomForCopy(mapped.file_));
  G4RT_ASSIGN(std::span<std::byte> pages, mapPages(mapped.file_, from));
  mapped.bytes_ = pages; // from here on they are unmapped
  if (from == FileBytes::Mapped) {
    watchMapping(pages, mapped.path());
    return mapped;
  }
  mapped.isCopy_ = true;
  G4RT_TRY(mapped.file_.readAt(0, pages));
  G4RT_TRY(mapped.file_.checkUnchanged());
  ::mprotect(pages.data(), pages.size(), PROT_READ);
  return mapped;
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})),
      isCopy_(other.isCopy_) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(file_, other.file_);
  std::swap(bytes_, other.bytes_);
  std::swap(isCopy_, other.isCopy_);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes_.empty())
    return;
  forgetMapping(bytes_);
  ::munmap(const_cast<std::byte *>(bytes_.data()), bytes_.size());
}

} // namespace g4rt
