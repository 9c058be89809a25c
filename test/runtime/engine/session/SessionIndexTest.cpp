//===- SessionIndexTest.cpp - Which file has which page of a prefix -------===//

#include "runtime/engine/session/SessionIndex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;

std::vector<int32_t> count(int32_t first, int32_t size) {
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < size; ++i)
    tokens.push_back(first + i);
  return tokens;
}

SessionFileId file(uint64_t number) { return SessionFileId{number}; }

/// Pages of 4 positions; a row sees 6 positions of a window layer.
class SessionIndexTest : public testing::Test {
protected:
  void add(uint64_t number, std::vector<int32_t> tokens, int64_t firstPage = 0,
           int64_t firstWindowPage = 0, const std::string &salt = "") {
    index.add(file(number), {.salt = salt,
                             .tokens = std::move(tokens),
                             .firstPage = firstPage,
                             .firstWindowPage = firstWindowPage});
  }
  int64_t numStored(const std::vector<int32_t> &tokens,
                    const std::string &salt = "") {
    return index.find(salt, tokens, 100).numTokens;
  }

  SessionIndex index{{.pageSize = 4, .window = 6}};
};

TEST_F(SessionIndexTest, APrefixIsFoundWithTheFilesOfItsPages) {
  add(1, count(0, 8));
  add(2, count(0, 18), 2, 2);
  StoredPages stored = index.find("", count(0, 30), 30);
  EXPECT_EQ(stored.numTokens, 18);
  EXPECT_THAT(stored.pages,
              ElementsAre(file(1), file(1), file(2), file(2), file(2)));
  EXPECT_EQ(stored.firstWindowPage, 3); // a row at 18 sees 13 to 18
  EXPECT_THAT(stored.windowPages, ElementsAre(file(2), file(2)));
}

TEST_F(SessionIndexTest, NoMoreIsFoundThanIsAskedFor) {
  add(1, count(0, 18));
  EXPECT_EQ(index.find("", count(0, 18), 17).numTokens, 17);
  EXPECT_EQ(index.find("", count(0, 18), 0).numTokens, 0);
}

TEST_F(SessionIndexTest, PrefixesThatPartAreFoundToTheToken) {
  add(1, count(0, 12));
  std::vector<int32_t> other = count(0, 7);
  other.push_back(99);
  EXPECT_EQ(numStored(other), 7);
  EXPECT_EQ(numStored(count(1, 12)), 0);
}

TEST_F(SessionIndexTest, WhereTheWindowIsInNoFileNobodyCanGoOn) {
  add(1, count(0, 20), 0, 3); // pages 3 and 4: of use from 12 + 5 on
  EXPECT_EQ(numStored(count(0, 20)), 20);
  EXPECT_EQ(numStored(count(0, 17)), 17);
  EXPECT_EQ(numStored(count(0, 16)), 0);
}

TEST_F(SessionIndexTest, SaltsShareNothing) {
  add(1, count(0, 8), 0, 0, "a");
  EXPECT_EQ(numStored(count(0, 8)), 0);
  EXPECT_EQ(numStored(count(0, 8), "a"), 8);
}

TEST_F(SessionIndexTest, WithoutAFileItsPagesAreGoneAndThoseAfterThem) {
  add(1, count(0, 8));
  add(2, count(0, 16), 2, 2);
  add(3, count(0, 24), 4, 4);
  index.remove(file(2));
  EXPECT_EQ(numStored(count(0, 24)), 8);
  add(4, count(0, 16), 2, 2);
  EXPECT_EQ(numStored(count(0, 24)), 24);
  for (uint64_t number : {1, 2, 3, 4})
    index.remove(file(number));
  EXPECT_EQ(numStored(count(0, 24)), 0);
}

TEST_F(SessionIndexTest, AnOlderFileDoesNotTakeTheNewerOnesPages) {
  add(1, count(0, 8));
  add(2, count(0, 8));
  index.remove(file(1));
  EXPECT_EQ(numStored(count(0, 8)), 8);
}

} // namespace
} // namespace g4rt
