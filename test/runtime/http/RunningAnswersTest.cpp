//===- RunningAnswersTest.cpp - Which answers a request has ---------------===//

#include "runtime/http/RunningAnswers.h"

#include "runtime/http/KeyAccount.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(RunningAnswersTest, AnswersAreKnownWhileTheyRun) {
  RunningAnswers running;
  HttpRequest request{.id = "req-1"};
  std::vector<GenerationId> ids = {GenerationId{4}, GenerationId{5}};
  {
    RunningAnswers::Entry entry(running, request, ids);
    RunningAnswers::Entry other(running, {.id = "req-2"}, {GenerationId{6}});
    EXPECT_EQ(running.idsOf("req-1", request), ids);
    EXPECT_TRUE(running.idsOf("req-3", request).empty());
  }
  EXPECT_TRUE(running.idsOf("req-1", request).empty());
}

TEST(RunningAnswersTest, ForTheirOwnKeyAlone) {
  RunningAnswers running;
  auto mine = std::make_shared<KeyAccount>(1, "a", KeyRules());
  auto yours = std::make_shared<KeyAccount>(2, "b", KeyRules());
  RunningAnswers::Entry entry(running, {.account = mine, .id = "req-1"},
                              {GenerationId{4}});
  EXPECT_EQ(running.idsOf("req-1", {.account = mine}).size(), 1u);
  EXPECT_TRUE(running.idsOf("req-1", {.account = yours}).empty());
  EXPECT_TRUE(running.idsOf("req-1", {}).empty());
}

} // namespace
} // namespace g4rt
