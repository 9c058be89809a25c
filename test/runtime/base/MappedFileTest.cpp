#include "runtime/base/MappedFile.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace g4rt {
namespace {

TEST(MappedFileTest, ShowsTheBytesOfTheFile) {
  std::string path =
      testing::TempDir() + "mapped-" + std::to_string(::getpid());
  std::ofstream(path) << "abc";
  Result<MappedFile> file = MappedFile::open(path);
  ASSERT_TRUE(file);
  MappedFile moved = *std::move(file);
  ASSERT_EQ(moved.bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>(moved.bytes()[2]), 'c');
  std::ofstream(path, std::ios::trunc).flush();
  Result<MappedFile> empty = MappedFile::open(path);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->bytes().empty());
  ::unlink(path.c_str());
}

TEST(MappedFileTest, SaysWhatItCopied) {
  std::string path =
      testing::TempDir() + "copied-" + std::to_string(::getpid());
  std::ofstream(path) << "abc";
  Result<MappedFile> mapped = MappedFile::open(path);
  Result<MappedFile> copy =
      MappedFile::open(*OpenFile::open(path), FileBytes::Copied);
  ::unlink(path.c_str());
  ASSERT_TRUE(mapped);
  ASSERT_TRUE(copy);
  EXPECT_EQ(mapped->copiedBytes(), 0u);
  EXPECT_EQ(copy->copiedBytes(), 3u);
}

TEST(MappedFileTest, CopiesNoMoreThanThereIsMemory) {
  std::string path =
      testing::TempDir() + "sparse-" + std::to_string(::getpid());
  std::ofstream(path).flush();
  ASSERT_EQ(::truncate(path.c_str(), int64_t{1} << 43), 0);
  Result<MappedFile> copy =
      MappedFile::open(*OpenFile::open(path), FileBytes::Copied);
  ::unlink(path.c_str());
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code(), StatusCode::ResourceExhausted);
  EXPECT_NE(copy.error().message().find("a copy in memory needs 8.0 TiB"),
            std::string::npos)
      << copy.error().message();
}

TEST(MappedFileTest, RefusesAFolderAndAMissingFile) {
  Result<MappedFile> folder = MappedFile::open("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code(), StatusCode::InvalidArgument);
  Result<MappedFile> missing = MappedFile::open("/no/such/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), StatusCode::NotFound);
}

TEST(MappedFileTest, DoesNotWaitForAPipe) {
  std::string path = testing::TempDir() + "pipe-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  Result<MappedFile> file = MappedFile::open(path);
  ::unlink(path.c_str());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), StatusCode::InvalidArgument);
}

} // namespace
} // namespace g4rt
