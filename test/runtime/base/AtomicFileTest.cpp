#include "runtime/base/AtomicFile.h"

#include "runtime/base/MappedFile.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace g4rt {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("atomic-file-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    path_ = folder_ / "out.bin";
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
  }
  std::string content() {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  size_t numFiles() {
    return std::distance(fs::directory_iterator(folder_), {});
  }

  fs::path folder_, path_;
};

TEST_F(AtomicFileTest, IsInvisibleUntilCommitted) {
  Result<AtomicFile> file = AtomicFile::create(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append(bytes("hello")).ok());
  EXPECT_FALSE(fs::exists(path_));
  ASSERT_TRUE(file->commit().ok());
  EXPECT_EQ(content(), "hello");
  EXPECT_EQ(numFiles(), 1u);
}

TEST_F(AtomicFileTest, WhatIsSkippedIsZeros) {
  Result<AtomicFile> file = AtomicFile::create(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append(bytes("ab")).ok());
  ASSERT_TRUE(file->skip(3).ok());
  ASSERT_TRUE(file->append(bytes("c")).ok());
  EXPECT_EQ(file->size(), 6u);
  ASSERT_TRUE(file->commit().ok());
  EXPECT_EQ(content(), std::string("ab\0\0\0c", 6));
}

TEST_F(AtomicFileTest, LeavesTheOldFileWhenNotCommitted) {
  std::ofstream(path_) << "old";
  {
    Result<AtomicFile> file = AtomicFile::create(path_);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->append(bytes("new")).ok());
  }
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(numFiles(), 1u);
}

TEST_F(AtomicFileTest, AlignsAndOverwrites) {
  Result<AtomicFile> file = AtomicFile::create(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append(bytes("abc")).ok());
  ASSERT_TRUE(file->alignTo(8).ok());
  EXPECT_EQ(file->size(), 8u);
  ASSERT_TRUE(file->append(bytes("z")).ok());
  ASSERT_TRUE(file->overwrite(1, bytes("XY")).ok());
  ASSERT_TRUE(file->commit().ok());
  EXPECT_EQ(content(), std::string("aXY\0\0\0\0\0z", 9));
}

TEST_F(AtomicFileTest, RemovesWhatAKilledProcessLeft) {
  // No process has this id: it is above the kernel's limit.
  std::ofstream(folder_ / ".out.bin.tmp-99999999") << "half";
  ASSERT_TRUE(writeFileAtomically(path_, bytes("whole")).ok());
  EXPECT_EQ(content(), "whole");
  EXPECT_EQ(numFiles(), 1u);
}

/// Lets no file of this process grow beyond some bytes: a disk that is full.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    struct rlimit limit = {bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    oldHandler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, oldHandler_);
  }

private:
  struct rlimit old_;
  void (*oldHandler_)(int);
};

TEST_F(AtomicFileTest, LeavesNothingBehindWhenTheDiskIsFull) {
  std::ofstream(path_) << "old";
  std::string large(3 << 20, 'x');
  Status status;
  {
    FileSizeLimit limit(1 << 20);
    status = writeFileAtomically(path_, bytes(large));
  }
  EXPECT_EQ(status.code(), StatusCode::ResourceExhausted);
  EXPECT_NE(status.message().find(path_.string() + ": write"),
            std::string::npos)
      << status.message();
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(numFiles(), 1u);
}

TEST_F(AtomicFileTest, NoticesAFullDiskAlsoWhenBytesAreStillGathered) {
  Result<AtomicFile> file = AtomicFile::create(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append(bytes("hello")).ok());
  Status status;
  {
    FileSizeLimit limit(3);
    status = file->commit();
  }
  EXPECT_EQ(status.code(), StatusCode::ResourceExhausted);
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(AtomicFileTest, CannotBeCommittedAfterAFailedWrite) {
  Result<AtomicFile> file = AtomicFile::create(path_);
  ASSERT_TRUE(file);
  {
    FileSizeLimit limit(1 << 20);
    ASSERT_FALSE(file->append(bytes(std::string(3 << 20, 'x'))).ok());
  }
  // There is room now, and still half of the bytes are missing.
  EXPECT_EQ(file->commit().code(), StatusCode::ResourceExhausted);
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(AtomicFileTest, LeavesNothingBehindWhenItCannotBeRenamed) {
  Result<AtomicFile> file = AtomicFile::create(path_);
  ASSERT_TRUE(file);
  fs::create_directories(path_ / "in the way");
  Status status = AtomicFile(*std::move(file)).commit();
  EXPECT_EQ(status.code(), StatusCode::ResourceExhausted);
  EXPECT_NE(status.message().find("rename"), std::string::npos);
  EXPECT_EQ(numFiles(), 1u);
  EXPECT_TRUE(fs::is_directory(path_));
}

TEST_F(AtomicFileTest, LeavesNothingBehindWhenTheProcessIsKilled) {
  int probe = ::open(folder_.c_str(), O_TMPFILE | O_RDWR, 0600);
  if (probe < 0)
    GTEST_SKIP() << "this file system has no files without a name";
  ::close(probe);
  pid_t child = ::fork();
  if (child == 0) {
    Result<AtomicFile> file = AtomicFile::create(path_);
    if (file && file->append(bytes(std::string(3 << 20, 'x'))).ok())
      ::raise(SIGKILL);
    ::_exit(1);
  }
  int ending = 0;
  ASSERT_EQ(::waitpid(child, &ending, 0), child);
  EXPECT_TRUE(WIFSIGNALED(ending));
  EXPECT_EQ(numFiles(), 0u);
}

TEST_F(AtomicFileTest, RefusesAPathThatARenameWouldDestroy) {
  Result<AtomicFile> folder = AtomicFile::create(folder_);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message(), folder_.string() + ": is a folder");
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  Result<AtomicFile> pipe = AtomicFile::create(path_);
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().message(), path_.string() + ": is not a regular file");
  EXPECT_FALSE(AtomicFile::create(folder_.string() + "/none/"));
}

TEST_F(AtomicFileTest, NamesThePathThatCannotBeMade) {
  Result<AtomicFile> file = AtomicFile::create(folder_ / "no/such/out.bin");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message().find("no/such/out.bin"), std::string::npos);
}

} // namespace
} // namespace g4rt
