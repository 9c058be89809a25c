//===- OpenFile.cpp - A file that stays the same, or tells ----------------===//

#include "runtime/base/OpenFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

namespace g4rt {

static FileState stateOf(const struct stat &info) {
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .sizeBytes = static_cast<uint64_t>(info.st_size),
          .modified = info.st_mtim.tv_sec * kNanosecondsPerSecond +
                      info.st_mtim.tv_nsec};
}

Result<FileState> stateOf(const std::string &path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0)
    return Status(StatusCode::NotFound, path + ": " + std::strerror(errno));
  return stateOf(info);
}

Result<OpenFile> OpenFile::open(const std::string &path) {
  // Without O_NONBLOCK a pipe that nobody writes to would be waited for.
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0)
    return Status(StatusCode::NotFound,
                  path + ": open: " + std::strerror(errno));
  return adopt(std::move(file), path);
}

Result<OpenFile> OpenFile::adopt(FileHandle descriptor, std::string path) {
  struct stat info;
  if (::fstat(descriptor.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return Status(StatusCode::InvalidArgument, path + ": not a regular file");
  OpenFile file;
  file.descriptor_ = std::move(descriptor);
  file.path_ = std::move(path);
  file.state_ = stateOf(info);
  return file;
}

Status OpenFile::readAt(uint64_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    ssize_t size = ::pread(descriptor_.get(), to.data(), to.size(),
                           static_cast<off_t>(offset));
    if (size < 0 && errno == EINTR)
      continue;
    if (size <= 0)
      return Status(StatusCode::DataLoss,
                    path_ + ": reading byte " + std::to_string(offset) + ": " +
                        (size < 0 ? std::strerror(errno) : "the file ends"));
    to = to.subspan(static_cast<size_t>(size));
    offset += static_cast<uint64_t>(size);
  }
  return Status();
}

Status OpenFile::checkUnchanged() const {
  struct stat info;
  if (::fstat(descriptor_.get(), &info) != 0)
    return Status(StatusCode::DataLoss, path_ + ": " + std::strerror(errno));
  FileState now = stateOf(info);
  if (now == state_)
    return Status();
  std::string size = now.sizeBytes == state_.sizeBytes
                         ? "its bytes were written"
                         : "it has " + std::to_string(now.sizeBytes) +
                               " bytes, had " +
                               std::to_string(state_.sizeBytes);
  return Status(StatusCode::DataLoss,
                path_ + ": was changed while it was in use: " + size);
}

Result<std::string> readSmallFile(const std::string &path) {
  constexpr uint64_t kMostBytes = uint64_t{1} << 20;
  G4RT_ASSIGN(OpenFile file, OpenFile::open(path));
  if (file.sizeBytes() > kMostBytes)
    return Status(StatusCode::InvalidArgument,
                  path + ": " + std::to_string(file.sizeBytes()) +
                      " bytes, at most 1 MiB");
  std::string text(file.sizeBytes(), '\0');
  G4RT_TRY(file.readAt(0, std::as_writable_bytes(std::span(text))));
  return text;
}

} // namespace g4rt
