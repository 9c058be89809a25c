#include "runtime/text/template/ChatView.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

constexpr ThoughtMarks kMarks{"<", ">"};

class ChatViewTest : public testing::Test {
protected:
  const ChatView &view(std::string_view messages) {
    conversation =
        *parseConversation("{\"messages\":" + std::string(messages) + "}");
    return seen = viewOf(conversation, kMarks);
  }
  // Names of the results of message `index`, each with a space.
  std::string resultsOf(size_t index) {
    std::string names;
    for (const ResultView &result : seen.messages[index].results)
      names += std::string(result.name) + " ";
    return names;
  }

  Conversation conversation;
  ChatView seen;
};

TEST_F(ChatViewTest, TheSystemPromptIsNoMessage) {
  view(R"([{"role":"developer","content":"s"},{"role":"user"}])");
  ASSERT_NE(seen.system, nullptr);
  EXPECT_EQ(seen.system->parts[0].text, "s");
  EXPECT_EQ(seen.messages.size(), 1u);
  EXPECT_EQ(view(R"([{"role":"user"},{"role":"system"}])").system, nullptr);
  EXPECT_EQ(seen.messages.size(), 2u);
}

TEST_F(ChatViewTest, NeighboursAreMessagesThatAreNotTools) {
  view(R"([{"role":"assistant"},{"role":"tool"},{"role":"assistant"},
           {"role":"user"},{"role":"assistant"}])");
  ASSERT_EQ(seen.messages.size(), 4u);
  EXPECT_TRUE(seen.messages[0].nextIsAssistant);
  EXPECT_TRUE(seen.messages[1].previousIsAssistant);
  EXPECT_FALSE(seen.messages[1].nextIsAssistant);
  EXPECT_FALSE(seen.messages[3].hasNext);
  EXPECT_FALSE(seen.messages[1].afterLastUser);
  EXPECT_FALSE(seen.messages[2].afterLastUser);
  EXPECT_TRUE(seen.messages[3].afterLastUser);
}

TEST_F(ChatViewTest, WithoutUserAllIsAfterTheLast) {
  EXPECT_TRUE(view(R"([{"role":"assistant"}])").messages[0].afterLastUser);
}

TEST_F(ChatViewTest, ResultsAreNamedByTheirCalls) {
  view(R"([{"role":"assistant","tool_calls":[
              {"id":"1","function":{"name":"f"}},
              {"id":"2","function":{"name":"g"}},
              {"id":"2","function":{"name":"h"}}]},
           {"role":"tool","tool_call_id":"2"},
           {"role":"tool","tool_call_id":"1"},
           {"role":"tool","tool_call_id":"3","name":"n"},
           {"role":"tool","name":""},
           {"role":"user"},{"role":"tool","tool_call_id":"1"}])");
  EXPECT_EQ(resultsOf(0), "h f n unknown ");
  EXPECT_EQ(resultsOf(1), "");
  EXPECT_FALSE(seen.endsInResults());
}

TEST_F(ChatViewTest, ResultsAreTextOrNative) {
  view(R"([{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]},
           {"role":"tool","content":[{"type":"text","text":"a"},
              {"type":"image"},{"type":"text","text":"b"}]},
           {"role":"tool"}])");
  EXPECT_EQ(*seen.messages[0].results[0].value().string(), "ab");
  EXPECT_EQ(seen.messages[0].results[0].content->parts.size(), 3u);
  EXPECT_TRUE(seen.messages[0].results[1].value().isNull());
  EXPECT_TRUE(seen.endsInResults());
  view(R"([{"role":"assistant","tool_responses":[{"response":{"a":1}}]}])");
  EXPECT_EQ(resultsOf(0), "unknown ");
  EXPECT_NE(seen.messages[0].results[0].value().map(), nullptr);
  EXPECT_EQ(seen.messages[0].results[0].content, nullptr);
}

TEST_F(ChatViewTest, ContentIsWhatIsLeftOfIt) {
  auto hasContent = [&](const char *message) {
    return view("[" + std::string(message) + "]").messages[0].hasContent;
  };
  EXPECT_FALSE(hasContent(R"({"role":"user","content":" \n"})"));
  EXPECT_TRUE(hasContent(R"({"role":"user","content":"<x>"})"));
  EXPECT_FALSE(hasContent(R"({"role":"assistant","content":" <x> "})"));
  EXPECT_TRUE(hasContent(R"({"role":"assistant","content":"<x>a"})"));
  EXPECT_TRUE(
      hasContent(R"({"role":"assistant","content":[{"type":"image"}]})"));
  EXPECT_FALSE(hasContent(R"({"role":"assistant"})"));
}

TEST_F(ChatViewTest, EndsInCallsThatNobodyAnswered) {
  const char *call = R"({"role":"assistant","tool_calls":[
                         {"function":{"name":"f"}}]})";
  EXPECT_TRUE(view("[" + std::string(call) + "]").endsInCalls());
  EXPECT_FALSE(
      view("[" + std::string(call) + R"(,{"role":"tool"}])").endsInCalls());
  EXPECT_FALSE(view("[]").endsInCalls());
}

} // namespace
} // namespace g4rt
