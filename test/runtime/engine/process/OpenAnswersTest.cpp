//===- OpenAnswersTest.cpp - Who waits for a process's events -------------===//

#include "runtime/engine/process/OpenAnswers.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

class OpenAnswersTest : public testing::Test {
protected:
  void add(uint64_t id) {
    SubmitMessage request{.id = GenerationId{id},
                          .request = {.promptIds = {int32_t(id)}}};
    answers.add(std::move(request), [this, id](GenerationEvent event) {
      told +=
          std::to_string(id) + (event.end ? "end " : contentOf(event) + " ");
    });
  }
  static AnswerEvent text(uint64_t id, std::string text) {
    return {GenerationId{id},
            {.pieces = {{AnswerPiece::Kind::Content, std::move(text), {}}}}};
  }
  static AnswerEvent end(uint64_t id) {
    return {GenerationId{id}, {.end = GenerationEnd()}};
  }
  static void deliver(const std::vector<Delivery> &deliveries) {
    for (const Delivery &delivery : deliveries)
      (*delivery.sink)(delivery.event);
  }
  void hear(std::vector<AnswerEvent> events) {
    deliver(answers.take({.events = std::move(events)}));
  }
  /// The engine has read requests up to this one, and begins these.
  void begin(uint64_t lastTaken, std::vector<uint64_t> ids) {
    StepMessage message{.lastTaken = GenerationId{lastTaken}};
    for (uint64_t id : ids)
      message.started.push_back(GenerationId{id});
    deliver(answers.take(std::move(message)));
  }
  void lose() {
    deliver(answers.failBegun(Status(StatusCode::Unavailable, "lost")));
  }
  std::string fresh() {
    std::string ids;
    for (const SubmitMessage &message : answers.fresh())
      ids += std::to_string(message.request.promptIds[0]) + " ";
    return ids;
  }

  OpenAnswers answers;
  std::string told;
};

TEST_F(OpenAnswersTest, EventsComeInTheirOrderToTheirOwn) {
  add(1);
  add(2);
  hear({text(2, "a"), text(1, "b"), text(2, "c")});
  EXPECT_EQ(told, "2a 1b 2c ");
  EXPECT_EQ(answers.size(), 2);
}

TEST_F(OpenAnswersTest, WhoWaitsIsCountedUntilItBeginsOrEnds) {
  for (uint64_t id : {1, 2, 3})
    add(id);
  EXPECT_EQ(answers.numWaiting(), 3);
  EXPECT_EQ(answers.numWaitingTokens(), 3); // a prompt of one each
  begin(2, {2});
  begin(2, {2});
  EXPECT_EQ(answers.numWaiting(), 2);
  hear({text(2, "a"), end(2), end(1)});
  EXPECT_EQ(answers.numWaiting(), 1);
  begin(3, {3});
  EXPECT_EQ(answers.numWaiting(), 0);
  lose(); // the next engine has not begun it
  EXPECT_EQ(answers.numWaitingTokens(), 1);
  answers.failAll(Status(StatusCode::Unavailable, "lost"));
  EXPECT_EQ(answers.numWaitingTokens(), 0);
}

TEST_F(OpenAnswersTest, NothingComesBehindAnEnd) {
  add(1);
  hear({end(1), text(1, "late")});
  EXPECT_EQ(told, "1end ");
  EXPECT_FALSE(answers.contains(GenerationId{1}));
}

TEST_F(OpenAnswersTest, EventsOfNobodyAreDropped) {
  hear({text(7, "x"), end(7)});
  EXPECT_EQ(told, "");
}

TEST_F(OpenAnswersTest, AllFailAndAreGone) {
  add(1);
  add(2);
  auto deliveries = answers.failAll(Status(StatusCode::Unavailable, "lost"));
  deliver(deliveries);
  EXPECT_EQ(told, "1end 2end ");
  EXPECT_EQ(deliveries[0].event.end->error.toString(), "Unavailable: lost");
  EXPECT_EQ(answers.size(), 0);
  EXPECT_TRUE(answers.failAll(Status(StatusCode::Unavailable, "x")).empty());
}

TEST_F(OpenAnswersTest, OnlyWhatHasBegunFailsWithAnEngine) {
  for (uint64_t id : {1, 2, 3})
    add(id);
  begin(3, {1, 2});
  hear({text(2, "a")});
  lose();
  EXPECT_EQ(told, "2a 2end ");
  EXPECT_EQ(fresh(), "1 3 ");
}

TEST_F(OpenAnswersTest, WhoWaitsSurvivesAnyNumberOfEngines) {
  add(1);
  for (int i = 0; i < 100; ++i) {
    begin(1, {});
    lose();
  }
  EXPECT_EQ(told, "");
  EXPECT_EQ(fresh(), "1 ");
}

TEST_F(OpenAnswersTest, WhoEndsEngineAfterEngineIsNotTriedForEver) {
  add(1);
  for (int i = 1; i < OpenAnswers::kMaxTries; ++i) {
    begin(1, {1});
    lose();
    EXPECT_EQ(told, "") << i;
  }
  begin(1, {1});
  lose();
  EXPECT_EQ(told, "1end ");
}

TEST_F(OpenAnswersTest, WhoIsNotEvenReadIsNotTriedForEver) {
  add(1);
  add(2);
  for (int i = 0; i < OpenAnswers::kMaxTries; ++i) {
    begin(1, {}); // and then reads 2
    lose();
  }
  EXPECT_EQ(told, "2end ");
  EXPECT_EQ(fresh(), "1 ");
}

TEST_F(OpenAnswersTest, FailuresThatALostDeviceTellsAreNotTheLastWord) {
  add(1);
  add(2);
  begin(2, {1});
  hear({text(1, "a")});
  StepMessage last;
  last.status.phase = EnginePhase::Failed;
  last.events = {end(1), end(2)};
  deliver(answers.take(std::move(last)));
  EXPECT_EQ(told, "1a 1end ");
  lose();
  EXPECT_EQ(fresh(), "2 ");
}

TEST_F(OpenAnswersTest, WhoWasCancelledIsNotAskedAnew) {
  for (uint64_t id : {1, 2, 3})
    add(id);
  begin(3, {});
  answers.spend(GenerationId{2});
  answers.spend(GenerationId{7});
  EXPECT_EQ(fresh(), "1 3 ");
  answers.spendAll();
  lose();
  EXPECT_EQ(told, "1end 2end 3end ");
}

TEST_F(OpenAnswersTest, OneCanBeEndedHere) {
  add(1);
  add(2);
  deliver(answers.end(GenerationId{1}, {.reason = FinishReason::Cancelled}));
  EXPECT_TRUE(answers.end(GenerationId{1}, {}).empty());
  EXPECT_EQ(told, "1end ");
  EXPECT_EQ(fresh(), "2 ");
}

} // namespace
} // namespace g4rt
