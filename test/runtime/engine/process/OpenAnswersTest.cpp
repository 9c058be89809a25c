//===- OpenAnswersTest.cpp - Who waits for a process's events -------------===//

#include "runtime/engine/process/OpenAnswers.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

class OpenAnswersTest : public testing::Test {
protected:
  void add(uint64_t id) {
    answers.add(GenerationId{id}, [this, id](GenerationEvent event) {
      told += std::to_string(id) + (event.end ? "end " : event.text + " ");
    });
  }
  static AnswerEvent text(uint64_t id, std::string text) {
    return {GenerationId{id}, {.text = std::move(text)}};
  }
  static AnswerEvent end(uint64_t id) {
    return {GenerationId{id}, {.end = GenerationEnd()}};
  }
  static void deliver(const std::vector<Delivery> &deliveries) {
    for (const Delivery &delivery : deliveries)
      (*delivery.sink)(delivery.event);
  }

  OpenAnswers answers;
  std::string told;
};

TEST_F(OpenAnswersTest, EventsComeInTheirOrderToTheirOwn) {
  add(1);
  add(2);
  deliver(answers.take({text(2, "a"), text(1, "b"), text(2, "c")}));
  EXPECT_EQ(told, "2a 1b 2c ");
  EXPECT_EQ(answers.size(), 2);
}

TEST_F(OpenAnswersTest, NothingComesBehindAnEnd) {
  add(1);
  deliver(answers.take({end(1), text(1, "late")}));
  EXPECT_EQ(told, "1end ");
  EXPECT_FALSE(answers.contains(GenerationId{1}));
}

TEST_F(OpenAnswersTest, EventsOfNobodyAreDropped) {
  EXPECT_TRUE(answers.take({text(7, "x"), end(7)}).empty());
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

} // namespace
} // namespace g4rt
