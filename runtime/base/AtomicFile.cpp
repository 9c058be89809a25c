//===- AtomicFile.cpp - Write a file whole or not at all ------------------===//

#include "runtime/base/AtomicFile.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace g4rt {

constexpr size_t kBufferBytes = size_t{1} << 20;

static std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

static std::string temporaryPrefix(const std::string &path) {
  return "." + path.substr(path.rfind('/') + 1) + ".tmp-";
}

// A temporary file of a process that no longer runs is nobody's.
static void removeStale(const std::string &path) {
  std::string folder = folderOf(path), prefix = temporaryPrefix(path);
  DIR *dir = ::opendir(folder.c_str());
  if (!dir)
    return;
  std::vector<std::string> stale;
  while (struct dirent *entry = ::readdir(dir)) {
    std::string name = entry->d_name;
    if (name.rfind(prefix, 0) != 0)
      continue;
    long pid = std::strtol(name.c_str() + prefix.size(), nullptr, 10);
    if (pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH)
      stale.push_back(folder + "/" + name);
  }
  ::closedir(dir);
  for (const std::string &file : stale)
    ::unlink(file.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string &path,
                                      FileReaders readers) {
  auto invalid = [&](const std::string &what) {
    return Status(StatusCode::InvalidArgument, path + ": " + what);
  };
  struct stat there;
  if (::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode))
    return invalid(S_ISDIR(there.st_mode) ? "is a folder"
                                          : "is not a regular file");
  if (path.empty() || path.back() == '/')
    return invalid("is no name for a file");
  removeStale(path);
  AtomicFile file(path, folderOf(path) + "/" + temporaryPrefix(path) +
                            std::to_string(::getpid()));
  if (!file.open(readers))
    return invalid(std::string("create: ") + std::strerror(errno));
  return file;
}

bool AtomicFile::open(FileReaders readers) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC;
  mode_t mode = readers == FileReaders::Owner ? 0600 : 0644;
  fd_ = ::open(folderOf(path_).c_str(), O_TMPFILE | kFlags, mode);
  if (fd_ >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return fd_ >= 0;
  ::unlink(temporary_.c_str()); // ours, of an earlier try in this process
  fd_ = ::open(temporary_.c_str(), kFlags | O_CREAT | O_EXCL, mode);
  return hasName_ = fd_ >= 0;
}

AtomicFile::AtomicFile(std::string path, std::string temporary)
    : path_(std::move(path)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : path_(std::move(other.path_)), temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)), hasName_(other.hasName_),
      size_(other.size_), failed_(other.failed_),
      buffer_(std::move(other.buffer_)) {}

AtomicFile::~AtomicFile() {
  if (fd_ < 0)
    return;
  ::close(fd_);
  if (hasName_)
    ::unlink(temporary_.c_str());
}

Status AtomicFile::failure(const char *call) {
  failed_ = true;
  return Status(StatusCode::ResourceExhausted,
                path_ + ": " + call + ": " + std::strerror(errno));
}

static bool writeAll(int fd, const char *data, size_t size, int64_t offset) {
  while (size > 0) {
    ssize_t n =
        offset < 0 ? ::write(fd, data, size) : ::pwrite(fd, data, size, offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    data += n;
    size -= static_cast<size_t>(n);
    if (offset >= 0)
      offset += n;
  }
  return true;
}

Status AtomicFile::flushBuffer() {
  if (!writeAll(fd_, buffer_.data(), buffer_.size(), -1))
    return failure("write");
  buffer_.clear();
  return Status();
}

Status AtomicFile::append(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  const char *data = reinterpret_cast<const char *>(bytes.data());
  if (buffer_.size() + bytes.size() <= kBufferBytes) {
    buffer_.append(data, bytes.size());
    return Status();
  }
  G4RT_TRY(flushBuffer());
  if (!writeAll(fd_, data, bytes.size(), -1))
    return failure("write");
  beginToFlush(bytes.size());
  return Status();
}

// What commit() flushes is then little: the disk works while others compute. It
// matters to the time alone, so errors do not.
void AtomicFile::beginToFlush(uint64_t numBytes) {
  (void)::sync_file_range(fd_, static_cast<off64_t>(size_ - numBytes),
                          static_cast<off64_t>(numBytes),
                          SYNC_FILE_RANGE_WRITE);
}

Status AtomicFile::alignTo(uint64_t alignment) {
  std::vector<std::byte> zeros((alignment - size_ % alignment) % alignment);
  return append(zeros);
}

Status AtomicFile::skip(uint64_t bytes) {
  G4RT_TRY(flushBuffer());
  size_ += bytes;
  auto end = static_cast<off_t>(size_);
  if (::ftruncate(fd_, end) != 0 || ::lseek(fd_, end, SEEK_SET) != end)
    return failure("ftruncate");
  return Status();
}

Status AtomicFile::overwrite(uint64_t offset,
                             std::span<const std::byte> bytes) {
  G4RT_TRY(flushBuffer());
  if (!writeAll(fd_, reinterpret_cast<const char *>(bytes.data()), bytes.size(),
                static_cast<int64_t>(offset)))
    return failure("pwrite");
  return Status();
}

static bool flushFolder(const std::string &folder) {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool flushed = ::fsync(fd) == 0;
  ::close(fd);
  return flushed;
}

Result<std::string> AtomicFile::readablePath() {
  G4RT_TRY(flushBuffer());
  return "/proc/self/fd/" + std::to_string(fd_);
}

Status AtomicFile::commit(Durable durable) {
  if (failed_)
    return Status(StatusCode::ResourceExhausted,
                  path_ + ": commit: an earlier write to it went wrong");
  G4RT_TRY(flushBuffer());
  if (durable == Durable::Yes && ::fsync(fd_) != 0)
    return failure("fsync");
  if (!hasName_) {
    ::unlink(temporary_.c_str()); // ours, of an earlier try in this process
    std::string self = "/proc/self/fd/" + std::to_string(fd_);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(),
                 AT_SYMLINK_FOLLOW) != 0)
      return failure("link");
    hasName_ = true;
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    return failure("rename");
  ::close(std::exchange(fd_, -1));
  if (durable == Durable::Yes && !flushFolder(folderOf(path_)))
    return failure("fsync of its folder");
  return Status();
}

Status writeFileAtomically(const std::string &path,
                           std::span<const std::byte> bytes) {
  G4RT_ASSIGN(AtomicFile file, AtomicFile::create(path));
  G4RT_TRY(file.append(bytes));
  return file.commit();
}

} // namespace g4rt
