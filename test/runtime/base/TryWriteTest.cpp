#include "runtime/base/TryWrite.h"

#include "runtime/base/FileHandle.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

class TryWriteTest : public testing::Test {
protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader = FileHandle(ends[0]);
    writer = FileHandle(ends[1]);
  }
  void TearDown() override { std::signal(SIGPIPE, SIG_DFL); }

  FileHandle reader, writer;
};

TEST_F(TryWriteTest, AReaderGetsTheLine) {
  EXPECT_TRUE(tryWrite(writer.get(), "hello\n"));
  char text[16] = {};
  EXPECT_EQ(::read(reader.get(), text, sizeof(text)), 6);
  EXPECT_STREQ(text, "hello\n");
}

TEST_F(TryWriteTest, AFullPipeIsNotWaitedFor) {
  std::string line(1000, 'x');
  int numTaken = 0;
  while (tryWrite(writer.get(), line))
    ++numTaken;
  EXPECT_GT(numTaken, 10);
  EXPECT_FALSE(tryWrite(writer.get(), line));
  std::string room(1 << 20, '\0');
  EXPECT_GT(::read(reader.get(), room.data(), room.size()), 0);
  EXPECT_TRUE(tryWrite(writer.get(), line));
}

TEST_F(TryWriteTest, ATextLongerThanAPipeIsNotWaitedFor) {
  EXPECT_FALSE(tryWrite(writer.get(), std::string(8 << 20, 'x')));
}

TEST_F(TryWriteTest, AReaderWhoHasLeftEndsNothing) {
  reader = FileHandle();
  EXPECT_FALSE(tryWrite(writer.get(), "hello\n"));
}

TEST_F(TryWriteTest, AClosedOrFullFileEndsNothing) {
  EXPECT_FALSE(tryWrite(-1, "x"));
  FileHandle full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_FALSE(tryWrite(full.get(), "x"));
}

TEST_F(TryWriteTest, ASocketWhoseReaderSleepsIsNotWaitedFor) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  FileHandle a(ends[0]), b(ends[1]);
  while (tryWrite(a.get(), std::string(1000, 'x'))) {
  }
  b = FileHandle();
  FileHandle closed = std::move(b);
  EXPECT_FALSE(tryWrite(a.get(), "x"));
}

TEST_F(TryWriteTest, APipeOfTwoWritersIsOpenedAnewAndAFileIsNot) {
  FileHandle own(openForTrying(writer.get()));
  EXPECT_NE(own.get(), writer.get());
  EXPECT_TRUE(::fcntl(own.get(), F_GETFL) & O_NONBLOCK);
  EXPECT_FALSE(::fcntl(writer.get(), F_GETFL) & O_NONBLOCK)
      << "the other writer's";
  TempFolder folder;
  FileHandle file(::open(folder.write("log", "").c_str(), O_WRONLY));
  EXPECT_EQ(openForTrying(file.get()), file.get());
}

} // namespace
} // namespace g4rt
