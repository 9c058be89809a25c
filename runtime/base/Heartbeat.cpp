//===- Heartbeat.cpp - Signs of life that another process sees ------------===//

#include "runtime/base/Heartbeat.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>

namespace g4rt {

static_assert(std::atomic<uint64_t>::is_always_lock_free,
              "another process shares the numbers and no locks");

Result<Heartbeat> Heartbeat::create() {
  FileHandle file(::memfd_create("g4rt-heartbeat", MFD_CLOEXEC));
  if (file.get() < 0 || ::ftruncate(file.get(), sizeof(Page)) != 0)
    return Status(StatusCode::ResourceExhausted,
                  std::string("heartbeat: memfd: ") + std::strerror(errno));
  return adopt(std::move(file));
}

Result<Heartbeat> Heartbeat::adopt(FileHandle file) {
  struct stat info;
  if (::fstat(file.get(), &info) != 0 ||
      info.st_size != static_cast<off_t>(sizeof(Page)))
    return Status(StatusCode::InvalidArgument,
                  "heartbeat: the descriptor is none");
  void *at = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED,
                    file.get(), 0);
  if (at == MAP_FAILED)
    return Status(StatusCode::ResourceExhausted,
                  std::string("heartbeat: mmap: ") + std::strerror(errno));
  return Heartbeat(std::move(file), static_cast<Page *>(at));
}

Heartbeat::~Heartbeat() {
  if (page_)
    ::munmap(page_, sizeof(Page));
}

uint64_t Heartbeat::numSigns() const {
  uint64_t sum = 0;
  for (const Line &line : *page_)
    sum += line.count.load(std::memory_order_relaxed);
  return sum;
}

} // namespace g4rt
