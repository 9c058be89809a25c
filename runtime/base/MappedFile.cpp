//===- MappedFile.cpp - A file as read-only memory ------------------------===//

#include "runtime/base/MappedFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace g4rt {

static Status failure(StatusCode code, const std::string &path,
                      const char *call) {
  return Status(code, path + ": " + call + ": " + std::strerror(errno));
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  // Without O_NONBLOCK a pipe that nobody writes to would be waited for.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return failure(StatusCode::NotFound, path, "open");
  struct stat info;
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return Status(StatusCode::InvalidArgument, path + ": not a regular file");
  }
  MappedFile file;
  file.path_ = path;
  if (info.st_size > 0) {
    size_t size = static_cast<size_t>(info.st_size);
    void *at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
      ::close(fd);
      return failure(StatusCode::ResourceExhausted, path, "mmap");
    }
    file.bytes_ = {static_cast<const std::byte *>(at), size};
  }
  ::close(fd);
  return file;
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : path_(std::move(other.path_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(path_, other.path_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty())
    ::munmap(const_cast<std::byte *>(bytes_.data()), bytes_.size());
}

} // namespace g4rt
