#include "runtime/grammar/SchemaKeywords.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace g4rt {
namespace {

// The table of docs/tools-and-json.md: after a change run the test, and put
// what it prints there.
std::string table() {
  std::string out = "| keyword | support | |\n|---|---|---|\n";
  for (const SchemaKeyword &keyword : schemaKeywords()) {
    const char *kNames[] = {"obeyed", "annotation", "refused"};
    out += "| `" + std::string(keyword.name) + "` | " +
           kNames[static_cast<size_t>(keyword.support)] + " | " +
           std::string(keyword.note) + " |\n";
  }
  return out;
}

TEST(SchemaKeywordsTest, TheDocumentationHasThisTable) {
  std::ifstream file(G4_TEST_DOCS "/tools-and-json.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find(table()), std::string::npos) << table();
}

TEST(SchemaKeywordsTest, EachKeywordIsThereOnce) {
  auto keywords = schemaKeywords();
  for (size_t i = 0; i < keywords.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_NE(keywords[i].name, keywords[j].name);
  EXPECT_EQ(supportOf("pattern"), KeywordSupport::Holds);
  EXPECT_EQ(supportOf("not"), KeywordSupport::Refused);
  EXPECT_EQ(supportOf("x-mine"), KeywordSupport::Annotation);
}

} // namespace
} // namespace g4rt
