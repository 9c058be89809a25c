//===- OllamaRequestTest.cpp - What Ollama's clients ask for --------------===//

#include "runtime/http/ollama/OllamaRequest.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class OllamaRequestTest : public testing::Test {
protected:
  Result<OllamaRequest> chat(const std::string &fields) {
    return parseOllamaChat(
        R"({"model":"tiny:latest","messages":[{"role":"user","content":"hi"}])" +
            fields + "}",
        server_.model);
  }
  Result<OllamaRequest> generate(const std::string &fields) {
    return parseOllamaGenerate("{\"model\":\"tiny\"" + fields + "}",
                               server_.model);
  }
  static std::string wrong(const Result<OllamaRequest> &request) {
    return request ? "(none)" : std::string(request.error().message());
  }
  TestServer server_;
};

TEST_F(OllamaRequestTest, SamplingStandsInOptions) {
  OllamaRequest request = *chat(R"(,"options":{"num_predict":9,"seed":3,
      "repeat_penalty":1.5,"num_ctx":4096,"stop":["x"]})");
  EXPECT_EQ(request.chat.generation.maxTokens, 9);
  EXPECT_EQ(request.chat.generation.sampling.repetitionPenalty, 1.5F);
  EXPECT_EQ(request.chat.generation.stops, std::vector<std::string>{"x"});
  EXPECT_EQ(wrong(chat(R"(,"options":{"top_p":7})")),
            "options.top_p: 7, needs 0 to 1");
  EXPECT_TRUE(wrong(chat(R"(,"options":{"repeat_penalty":0})"))
                  .starts_with("options.repeat_penalty: "));
  EXPECT_TRUE(wrong(chat(R"(,"options":{"mirostat":2})"))
                  .starts_with("options.mirostat: "));
  EXPECT_TRUE(wrong(chat(R"(,"options":5)")).starts_with("options: "));
}

TEST_F(OllamaRequestTest, AnswersStreamUnlessToldNotTo) {
  EXPECT_TRUE(chat("")->chat.generation.isStream);
  EXPECT_FALSE(chat(R"(,"stream":false)")->chat.generation.isStream);
}

TEST_F(OllamaRequestTest, ThinkIsATruthOrAWord) {
  auto budget = [&](const std::string &think) {
    OllamaRequest request = *chat(R"(,"think":)" + think);
    return (request.chat.conversation.enableThinking ? "thinks " : "- ") +
           std::to_string(request.chat.generation.rules.maxThoughtTokens);
  };
  EXPECT_EQ(budget("true"), "thinks -1");
  EXPECT_EQ(budget("false"), "- 0");
  EXPECT_EQ(budget("\"low\""), "thinks 1024");
  EXPECT_EQ(budget("null"), "- -1");
  EXPECT_TRUE(wrong(chat(R"(,"think":5)")).starts_with("think: "));
}

TEST_F(OllamaRequestTest, ARequestWithoutAPromptIsEmpty) {
  EXPECT_TRUE(generate("")->isEmpty);
  EXPECT_TRUE(generate(R"(,"prompt":"")")->isEmpty);
  EXPECT_TRUE(parseOllamaChat(R"({"messages":[]})", server_.model)->isEmpty);
  EXPECT_FALSE(chat("")->isEmpty);
}

TEST_F(OllamaRequestTest, APromptIsAConversationUnlessItIsRaw) {
  OllamaRequest talk = *generate(R"(,"prompt":"hi","system":"be brief")");
  EXPECT_EQ(talk.chat.conversation.messages.size(), 2u);
  EXPECT_FALSE(talk.raw);
  OllamaRequest raw = *generate(R"(,"prompt":"hi","raw":true)");
  EXPECT_EQ(std::get<std::string>(*raw.raw), "hi");
}

TEST_F(OllamaRequestTest, AResultMayNameItsTool) {
  OllamaRequest request = *parseOllamaChat(R"({"messages":[
      {"role":"user","content":"a"},
      {"role":"assistant","content":"","tool_calls":[
        {"function":{"name":"f","arguments":{"a":1}}}]},
      {"role":"tool","tool_name":"f","content":"1"}]})",
                                           server_.model);
  EXPECT_EQ(request.chat.conversation.messages.at(2).name, "f");
}

TEST_F(OllamaRequestTest, ARefusalNamesTheField) {
  EXPECT_TRUE(
      wrong(generate(R"(,"prompt":"a","suffix":"b")")).starts_with("suffix: "));
  EXPECT_TRUE(wrong(generate(R"(,"prompt":"a","context":[1])"))
                  .starts_with("context: "));
  EXPECT_TRUE(wrong(chat(R"(,"format":"xml")")).starts_with("format: "));
  EXPECT_TRUE(
      wrong(
          parseOllamaChat(
              R"({"messages":[{"role":"user","content":"a","images":["x"]}]})",
              server_.model))
          .starts_with("messages[0].images: "));
  EXPECT_FALSE(parseOllamaChat(R"({"model":"other"})", server_.model));
}

} // namespace
} // namespace g4rt
