#include "runtime/text/template/ChatProgram.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "test/support/TestChatTemplate.h"

namespace g4rt {
namespace {

using artifact::ChatFact;
using artifact::ChatList;
using artifact::ChatOp;
using artifact::ChatStep;
using artifact::ChatTerm;
using artifact::ChatText;

class ChatProgramTest : public testing::Test {
protected:
  // What is wrong with a program of these steps, which has one literal and the
  // condition `fact`.
  std::string check(const std::vector<ChatStep> &steps,
                    ChatFact fact = ChatFact::has_tools) {
    flatbuffers::FlatBufferBuilder builder;
    std::vector<ChatTerm> terms = {ChatTerm(fact, false)};
    auto clause = artifact::CreateChatClause(
        builder, builder.CreateVectorOfStructs(terms));
    auto condition = artifact::CreateChatCondition(
        builder, builder.CreateVector(&clause, 1));
    auto conditions = builder.CreateVector(&condition, 1);
    auto literals = builder.CreateVectorOfStrings({"x"});
    auto vector = builder.CreateVectorOfStructs(steps);
    auto name = builder.CreateString("n");
    builder.Finish(artifact::CreateChatTemplate(builder, name, vector, literals,
                                                conditions, name, name, name));
    Status status =
        checkChatProgram(*flatbuffers::GetRoot<artifact::ChatTemplate>(
            builder.GetBufferPointer()));
    return status.ok() ? "ok" : status.message();
  }

  static ChatStep literal(uint16_t index = 0) {
    return ChatStep(ChatOp::literal, 0, 0, index, 0);
  }
  static ChatStep when(uint16_t end, uint16_t index = 0) {
    return ChatStep(ChatOp::when, 0, 0, index, end);
  }
  static ChatStep each(ChatList list, uint16_t end) {
    return ChatStep(ChatOp::each, static_cast<uint8_t>(list), 0, 0, end);
  }
  static ChatStep text(ChatText what) {
    return ChatStep(ChatOp::text, static_cast<uint8_t>(what), 0, 0, 0);
  }
};

TEST_F(ChatProgramTest, TakesNestedSteps) {
  EXPECT_EQ(check({}), "ok");
  EXPECT_EQ(check({literal(), when(3), literal(), literal()}), "ok");
  EXPECT_EQ(check({each(ChatList::messages, 4), text(ChatText::role),
                   each(ChatList::calls, 4), text(ChatText::call_name)}),
            "ok");
  EXPECT_EQ(check({when(1)}), "ok");
}

TEST_F(ChatProgramTest, RefusesNumbersThatNameNothing) {
  EXPECT_EQ(check({literal(1)}), "chat template: step 0: no such literal");
  EXPECT_EQ(check({when(1, 1)}), "chat template: step 0: no such condition");
  EXPECT_EQ(check({ChatStep(ChatOp(9), 0, 0, 0, 0)}),
            "chat template: step 0: no such operation");
  EXPECT_EQ(check({each(ChatList(99), 1)}),
            "chat template: step 0: no such list here");
  EXPECT_EQ(check({each(ChatList::messages, 2), text(ChatText(99))}),
            "chat template: step 1: no such text here");
  EXPECT_EQ(
      check({each(ChatList::messages, 2), ChatStep(ChatOp::text, 0, 99, 0, 0)}),
      "chat template: step 1: no such text here");
  EXPECT_EQ(
      check({each(ChatList::tools, 2), ChatStep(ChatOp::value, 2, 99, 0, 0)}),
      "chat template: step 1: no such value here");
  EXPECT_EQ(check({when(1)}, ChatFact(99)),
            "chat template: step 0: no such fact here");
}

TEST_F(ChatProgramTest, RefusesWhatCannotBeReadThere) {
  EXPECT_EQ(check({text(ChatText::role)}),
            "chat template: step 0: no such text here");
  EXPECT_EQ(check({each(ChatList::messages, 1), text(ChatText::role)}),
            "chat template: step 1: no such text here");
  EXPECT_EQ(check({each(ChatList::tools, 2), when(2)}, ChatFact::has_calls),
            "chat template: step 1: no such fact here");
  EXPECT_EQ(check({each(ChatList::calls, 1)}),
            "chat template: step 0: no such list here");
}

// Such a program would take time in the square of the conversation.
TEST_F(ChatProgramTest, RefusesListsInsideEachOther) {
  EXPECT_EQ(check({each(ChatList::messages, 2), each(ChatList::messages, 2)}),
            "chat template: step 1: no such list here");
  EXPECT_EQ(check({each(ChatList::messages, 2), each(ChatList::tools, 2)}),
            "chat template: step 1: no such list here");
}

TEST_F(ChatProgramTest, RefusesBodiesThatLeaveTheirPlace) {
  const char *leaves = "its body leaves the one around it";
  EXPECT_EQ(check({when(0)}), std::string("chat template: step 0: ") + leaves);
  EXPECT_EQ(check({when(2)}), std::string("chat template: step 0: ") + leaves);
  EXPECT_EQ(check({when(2), when(3), literal()}),
            std::string("chat template: step 1: ") + leaves);
}

TEST_F(ChatProgramTest, BoundsNestingAndLength) {
  auto nested = [&](uint16_t depth) {
    return check(std::vector<ChatStep>(depth, when(depth)));
  };
  EXPECT_EQ(nested(8), "ok");
  EXPECT_EQ(nested(9), "chat template: step 8: nested too deeply");
  EXPECT_EQ(check(std::vector<ChatStep>(1025, literal())),
            "chat template: 1025 steps, at most 1024");
}

// 100,000 damaged programs: whatever passes the checks can run.
TEST_F(ChatProgramTest, SurvivesAnyDamage) {
  TestChatTemplate gemma(g4::gemma4::TemplateVariant::Large);
  Conversation conversation = *parseConversation(R"({"messages":[
    {"role":"system","content":"s"},{"role":"user","content":"hi"},
    {"role":"assistant","content":"a","reasoning":"r","tool_calls":[
      {"function":{"name":"f","arguments":{"a":[1]}}}]},
    {"role":"tool","content":[{"type":"text","text":"x"},{"type":"image"}]}],
    "tools":[{"function":{"name":"f","parameters":{"type":"object",
      "properties":{"a":{"type":"string"}}}}}]})");
  std::mt19937 random(1);
  int accepted = 0;
  for (int round = 0; round < 100000; ++round) {
    std::string bytes(gemma.bytes());
    for (unsigned n = random() % 3 + 1; n > 0; --n)
      bytes[random() % bytes.size()] =
          static_cast<char>(random() % 2 ? random() % 32 : random());
    flatbuffers::Verifier verifier(
        reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
    if (!verifier.VerifyBuffer<artifact::ChatTemplate>(nullptr))
      continue;
    Result<ChatTemplate> damaged = ChatTemplate::create(
        *flatbuffers::GetRoot<artifact::ChatTemplate>(bytes.data()));
    accepted += damaged && damaged->render(conversation);
  }
  EXPECT_GT(accepted, 1000);
}

} // namespace
} // namespace g4rt
