//===- HelpGroupsTest.cpp - What --help shows -----------------------------===//

#include "tools/g4rt/HelpGroups.h"

#include "tools/cli/Console.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

std::string helpOf(HelpSize size) {
  CLI::App app;
  std::string text;
  app.add_option("--port", text);
  app.add_option("--step-timeout", text);
  app.add_option("--new-flag", text);
  app.add_option("--engine-of", text)->group("");
  groupHelp(app, size);
  return app.help();
}

TEST(HelpGroupsTest, AScreenHasWhatMostPeopleNeed) {
  std::string help = helpOf(HelpSize::Screen);
  EXPECT_NE(help.find("Network and keys:"), help.npos);
  EXPECT_NE(help.find("--port"), help.npos);
  EXPECT_EQ(help.find("--step-timeout"), help.npos);
  EXPECT_NE(help.find("--help=all"), help.npos);
}

TEST(HelpGroupsTest, AllIsAllButWhatIsHidden) {
  std::string help = helpOf(HelpSize::All);
  for (const char *name : {"--port", "--step-timeout", "--new-flag"})
    EXPECT_NE(help.find(name), help.npos) << name;
  EXPECT_EQ(help.find("--engine-of"), help.npos);
}

TEST(NearestNameTest, ATypoIsNearOneName) {
  std::vector<std::string> names = {"--port", "--host", "--max-num-seqs"};
  EXPECT_EQ(g4::nearestName("--prot", names), "--port");
  EXPECT_EQ(g4::nearestName("--max-num-seq", names), "--max-num-seqs");
  EXPECT_EQ(g4::nearestName("--temperature", names), "");
  EXPECT_EQ(g4::editDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(g4::editDistance("", "ab"), 2u);
}

} // namespace
} // namespace g4rt
