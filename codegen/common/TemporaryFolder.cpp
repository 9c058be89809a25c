//===- TemporaryFolder.cpp - Where a linker's files lie -------------------===//

#include "codegen/common/TemporaryFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace g4 {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

// A folder is "g4c.new-<random>" until it is locked, so that nobody removes one
// that has just been made.
constexpr llvm::StringLiteral kPrefix = "g4c-", kNewPrefix = "g4c.new";

/// The open, locked folder; -1 if somebody else has the lock, or if it is not
/// ours.
static int lockFolder(const std::string &folder) {
  int file =
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info;
  if (file >= 0 && ::fstat(file, &info) == 0 && info.st_uid == ::geteuid() &&
      ::flock(file, LOCK_EX | LOCK_NB) == 0)
    return file;
  if (file >= 0)
    ::close(file);
  return -1;
}

/// Removes the folders of processes that are no more.
static void sweep(llvm::StringRef place) {
  std::error_code error;
  for (fs::directory_iterator entry(place, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!path::filename(entry->path()).starts_with(kPrefix))
      continue;
    int lock = lockFolder(entry->path());
    if (lock < 0)
      continue;
    (void)fs::remove_directories(entry->path());
    ::close(lock);
  }
}

llvm::Expected<TemporaryFolder> TemporaryFolder::create() {
  llvm::SmallString<128> made;
  if (std::error_code error = fs::createUniqueDirectory(kNewPrefix, made))
    return llvm::createStringError(error, "creating a temporary folder");
  sweep(path::parent_path(made));
  int lock = lockFolder(made.str().str());
  llvm::SmallString<128> name(path::parent_path(made));
  path::append(name, kPrefix + path::filename(made).rsplit('-').second);
  if (std::error_code error = fs::rename(made, name)) {
    (void)fs::remove(made);
    ::close(lock);
    return llvm::createStringError(error, "naming a temporary folder");
  }
  return TemporaryFolder(name.str().str(), lock);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder &&other) noexcept
    : path_(std::exchange(other.path_, {})),
      lock_(std::exchange(other.lock_, -1)) {}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty())
    return;
  (void)fs::remove_directories(path_);
  ::close(lock_);
}

std::string TemporaryFolder::pathOf(llvm::StringRef file) const {
  llvm::SmallString<128> result(path_);
  path::append(result, file);
  return result.str().str();
}

} // namespace g4
