//===- SessionFileTest.cpp - Keys and values of a prefix in a file --------===//

#include "runtime/engine/session/SessionFile.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

const SessionFormat kFormat = {.model = "0123 x86-64-v3 0.1",
                               .pageSize = 4,
                               .window = 6,
                               .pageBytes = 24,
                               .windowPageBytes = 40};

/// Ten tokens: pages 1 and 2 of them, and window page 2.
SessionHead someHead() {
  return {.salt = "s",
          .tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
          .firstPage = 1,
          .firstWindowPage = 2};
}

std::vector<std::byte> someData(const SessionFormat &format,
                                const SessionHead &head) {
  std::vector<std::byte> data(sessionDataBytes(format, head));
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<std::byte>(i * 7 + 1);
  return data;
}

class SessionFileTest : public testing::Test {
protected:
  SessionFileTest() {
    Status status = writeSession(path, kFormat, head, data);
    EXPECT_TRUE(status.ok()) << status.message();
  }
  /// Whether a file of these bytes is read and has the pages that were written.
  bool isRead(const std::string &bytes) {
    auto reader =
        SessionReader::open(folder.write("other.g4s", bytes), kFormat);
    if (!reader) {
      EXPECT_EQ(reader.error().code(), StatusCode::DataLoss);
      return false;
    }
    auto first = reader->read(PageKind::Global, 1),
         second = reader->read(PageKind::Global, 2),
         window = reader->read(PageKind::Window, 2);
    if (!first || !second || !window)
      return false;
    first->insert(first->end(), second->begin(), second->end());
    first->insert(first->end(), window->begin(), window->end());
    EXPECT_EQ(*first, data);
    return true;
  }

  TempFolder folder;
  std::string path = folder.path("a.g4s");
  SessionHead head = someHead();
  std::vector<std::byte> data = someData(kFormat, head);
};

TEST_F(SessionFileTest, PagesComeBackAsTheyWereWritten) {
  std::string bytes = readWholeFile(path);
  EXPECT_EQ(bytes.size(), sessionFileBytes(kFormat, head));
  EXPECT_TRUE(isRead(bytes));
  auto reader = SessionReader::open(path, kFormat);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->head().salt, head.salt);
  EXPECT_EQ(reader->head().tokens, head.tokens);
  EXPECT_EQ(reader->head().firstPage, 1);
  EXPECT_EQ(reader->head().firstWindowPage, 2);
}

TEST_F(SessionFileTest, AFileThatWasCutAnywhereIsRefused) {
  std::string bytes = readWholeFile(path);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(isRead(bytes.substr(0, size))) << size;
  EXPECT_FALSE(isRead(bytes + '\0'));
}

TEST_F(SessionFileTest, AFileWithABitOfAnyByteFlippedIsRefused) {
  std::string bytes = readWholeFile(path);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(isRead(other)) << "byte " << i;
  }
}

TEST_F(SessionFileTest, AFileOfAnotherProgramIsRefused) {
  SessionFormat model = kFormat, size = kFormat, window = kFormat,
                bytes = kFormat;
  model.model = "0123 x86-64-v3 0.2";
  size.pageSize = 8;
  window.window = 7;
  bytes.pageBytes = 12;
  for (const SessionFormat &format : {model, size, window, bytes}) {
    auto reader = SessionReader::open(path, format);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code(), StatusCode::DataLoss);
    EXPECT_NE(reader.error().message().find(kFormat.model), std::string::npos);
  }
}

// The checksum is right, what it says cannot be.
TEST_F(SessionFileTest, RangesOfPagesThatCannotBeAreRefused) {
  for (auto [first, firstWindow] :
       {std::pair<int64_t, int64_t>(-1, 2), {3, 3}, {1, 0}}) {
    SessionHead wrong = head;
    wrong.firstPage = first;
    wrong.firstWindowPage = firstWindow;
    std::string other = folder.path("wrong.g4s");
    ASSERT_TRUE(
        writeSession(other, kFormat, wrong, someData(kFormat, wrong)).ok());
    EXPECT_FALSE(SessionReader::open(other, kFormat)) << first;
  }
}

TEST_F(SessionFileTest, OnlyItsOwnerCanReadIt) {
  struct stat facts;
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(SessionFileTest, WhatIsNoRegularFileIsNotThere) {
  ASSERT_EQ(::mkfifo(folder.path("pipe.g4s").c_str(), 0600), 0);
  ASSERT_EQ(::symlink(path.c_str(), folder.path("link.g4s").c_str()), 0);
  for (const char *name : {"none.g4s", "pipe.g4s", "link.g4s", "."}) {
    auto reader = SessionReader::open(folder.path(name), kFormat);
    ASSERT_FALSE(reader) << name;
    EXPECT_EQ(reader.error().code(), StatusCode::NotFound) << name;
  }
}

/// Files of this process get no longer while it lives: a disk that is full.
class FullDisk {
public:
  explicit FullDisk(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
  rlimit before_;
};

TEST_F(SessionFileTest, OfAFileThatADiskHasNoRoomForNothingIsLeft) {
  size_t numFiles = folder.numFiles();
  FullDisk full(100);
  Status status = writeSession(folder.path("b.g4s"), kFormat, head, data);
  EXPECT_EQ(status.code(), StatusCode::ResourceExhausted);
  EXPECT_EQ(folder.numFiles(), numFiles);
}

} // namespace
} // namespace g4rt
