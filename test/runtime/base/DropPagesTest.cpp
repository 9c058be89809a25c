#include "runtime/base/DropPages.h"

#include "runtime/base/MappedFile.h"

#include <gtest/gtest.h>

#include <fstream>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

/// Memory of this process that is pages of files, in kB.
int64_t fileMemory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word)
    if (word == "RssFile:") {
      int64_t size = 0;
      status >> size;
      return size;
    }
  return -1;
}

TEST(DropPagesTest, BytesLeaveThisProcessAndAreReadAgain) {
  constexpr size_t kSize = 16 << 20;
  TempFolder folder;
  MappedFile file =
      *MappedFile::open(folder.write("f", std::string(kSize, '\1')));
  auto sum = [&] {
    size_t total = 0;
    for (std::byte byte : file.bytes())
      total += static_cast<size_t>(byte);
    return total;
  };
  EXPECT_EQ(sum(), kSize);
  int64_t before = fileMemory();
  dropPages(file.bytes().subspan(100)); // begins within a page
  EXPECT_LE(fileMemory(), before - static_cast<int64_t>(kSize >> 11));
  readAhead(file.bytes().subspan(100));
  EXPECT_EQ(sum(), kSize);
  dropPages({});
  readAhead({});
}

} // namespace
} // namespace g4rt
