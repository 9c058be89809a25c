#include "runtime/device/cuda/CodeVersion.h"

#include <gtest/gtest.h>

#include "test/support/TempFolder.h"

namespace g4rt::cuda {
namespace {

using artifact::CodeFormat;

int ptxNeeds(const std::string &text) {
  return neededDriverVersion(CodeFormat::ptx, bytesOf(text));
}

std::string elfHead(char abiVersion) {
  std::string head("\177ELF\2\1\1\x41", 8);
  head += abiVersion;
  head.resize(64);
  return head;
}

TEST(CodeVersionTest, PtxSaysItsVersion) {
  EXPECT_EQ(ptxNeeds("//\n// a comment\n.version 7.0\n.target sm_80\n"), 11000);
  EXPECT_EQ(ptxNeeds(".version 8.0\n.target sm_90\n"), 12000);
  EXPECT_EQ(ptxNeeds(".version 8.7\n"), 12080);
  EXPECT_EQ(ptxNeeds(".version 9.0\n"), 13000);
}

TEST(CodeVersionTest, PtxNewerThanAllThatIsKnownNeedsTheNewest) {
  EXPECT_EQ(ptxNeeds(".version 9.9\n"), 13000);
}

TEST(CodeVersionTest, TextWithoutAVersionSaysNothing) {
  for (const char *text :
       {"", "no code", ".version ", ".version 8",
        ".version "
        "x.y",
        ".version 8.", ".version 8.77", ".version 99999999999.0"})
    EXPECT_EQ(ptxNeeds(text), 0) << text;
}

TEST(CodeVersionTest, ACubinOfCuda13NeedsItsDriver) {
  auto needs = [](const std::string &bytes) {
    return neededDriverVersion(CodeFormat::cubin, bytesOf(bytes));
  };
  EXPECT_EQ(needs(elfHead(8)), 13000);
  EXPECT_EQ(needs(elfHead(7)), 0);
  EXPECT_EQ(needs("\177ELF"), 0);
  EXPECT_EQ(needs(""), 0);
}

TEST(CodeVersionTest, CodeOfOtherFormatsNeedsNoDriver) {
  EXPECT_EQ(
      neededDriverVersion(CodeFormat::elf_shared_object, bytesOf(elfHead(8))),
      0);
}

} // namespace
} // namespace g4rt::cuda
