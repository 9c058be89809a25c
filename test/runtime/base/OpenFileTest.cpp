#include "runtime/base/OpenFile.h"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <filesystem>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

class OpenFileTest : public testing::Test {
protected:
  OpenFile open() {
    auto file = OpenFile::open(path_);
    EXPECT_TRUE(file);
    return file ? *std::move(file) : OpenFile();
  }
  std::string readAll(const OpenFile &file) {
    std::string text(file.sizeBytes(), '?');
    Status status = file.readAt(0, std::as_writable_bytes(std::span(text)));
    return status.ok() ? text : status.message();
  }
  /// Long ago, so that a change has another time.
  void age() {
    std::filesystem::last_write_time(
        path_,
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  }
  /// As `dd conv=notrunc` does.
  void writeInPlace(std::string_view bytes) {
    FileHandle file(::open(path_.c_str(), O_WRONLY));
    ASSERT_EQ(::pwrite(file.get(), bytes.data(), bytes.size(), 1),
              ssize_t(bytes.size()));
  }

  TempFolder folder_;
  std::string path_ = folder_.write("file", "abcdef");
};

TEST_F(OpenFileTest, AFileThatNobodyWritesToIsUnchanged) {
  age();
  OpenFile file = open();
  EXPECT_EQ(readAll(file), "abcdef");
  EXPECT_TRUE(file.checkUnchanged().ok());
}

TEST_F(OpenFileTest, AFileThatIsRenamedOverOrDeletedIsReadOn) {
  age();
  OpenFile file = open();
  std::filesystem::rename(folder_.write("other", "xyz"), path_);
  EXPECT_TRUE(file.checkUnchanged().ok());
  std::filesystem::remove(path_);
  EXPECT_TRUE(file.checkUnchanged().ok());
  EXPECT_EQ(readAll(file), "abcdef");
  EXPECT_EQ(stateOf(path_).error().code(), StatusCode::NotFound);
}

TEST_F(OpenFileTest, AWriteInPlaceIsNoticed) {
  age();
  OpenFile file = open();
  writeInPlace("X");
  Status status = file.checkUnchanged();
  EXPECT_EQ(status.code(), StatusCode::DataLoss);
  EXPECT_THAT(status.message(), HasSubstr(path_ + ": was changed"));
}

TEST_F(OpenFileTest, AModeOrANewNameIsNoChange) {
  age();
  OpenFile file = open();
  std::filesystem::permissions(path_, std::filesystem::perms::owner_read);
  std::filesystem::rename(path_, folder_.path("moved"));
  EXPECT_TRUE(file.checkUnchanged().ok());
}

TEST_F(OpenFileTest, ACutIsNoticedAndReadingBehindItFails) {
  OpenFile file = open();
  std::filesystem::resize_file(path_, 2);
  EXPECT_THAT(file.checkUnchanged().message(), HasSubstr("2 bytes, had 6"));
  EXPECT_THAT(readAll(file), HasSubstr("reading byte 2: the file ends"));
}

TEST_F(OpenFileTest, ASmallFileIsReadWhole) {
  auto text = readSmallFile(path_);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "abcdef");
  std::filesystem::resize_file(path_, 1 << 20);
  EXPECT_TRUE(readSmallFile(path_));
  std::filesystem::resize_file(path_, (1 << 20) + 1);
  EXPECT_EQ(readSmallFile(path_).error().message(),
            path_ + ": 1048577 bytes, at most 1 MiB");
  EXPECT_EQ(readSmallFile(path_ + "x").error().code(), StatusCode::NotFound);
}

TEST_F(OpenFileTest, ADescriptorOfAnotherProcessIsTakenOver) {
  auto file = OpenFile::adopt(
      FileHandle(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)), "its name");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path(), "its name");
  EXPECT_EQ(readAll(*file), "abcdef");
  EXPECT_EQ(OpenFile::adopt(FileHandle(), "none").error().code(),
            StatusCode::InvalidArgument);
}

} // namespace
} // namespace g4rt
