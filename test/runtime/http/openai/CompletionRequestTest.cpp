//===- CompletionRequestTest.cpp - Prompts --------------------------------===//

#include "runtime/http/openai/CompletionRequest.h"

#include "runtime/http/ApiError.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class CompletionRequestTest : public testing::Test {
protected:
  Result<CompletionRequest> parse(const std::string &prompt,
                                  const std::string &fields = "") {
    return parseCompletionRequest("{\"prompt\":" + prompt + fields + "}",
                                  server_.model);
  }
  std::string textOf(const std::string &prompt) {
    return std::get<std::string>(parse(prompt)->prompts.at(0));
  }
  std::vector<int32_t> idsOf(const std::string &prompt) {
    return std::get<std::vector<int32_t>>(parse(prompt)->prompts.at(0));
  }

  TestServer server_;
};

TEST_F(CompletionRequestTest, APromptIsTextOrIds) {
  EXPECT_EQ(textOf(R"("a")"), "a");
  EXPECT_EQ(textOf(R"(["a"])"), "a");
  EXPECT_EQ(idsOf("[2,5]"), (std::vector<int32_t>{2, 5}));
  EXPECT_EQ(idsOf("[[2,5]]"), (std::vector<int32_t>{2, 5}));
}

TEST_F(CompletionRequestTest, OnlyAnEchoMayHaveNoTokens) {
  auto request = parse("\"a\"", ",\"echo\":true,\"max_tokens\":0");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->generation.maxTokens, 0);
  for (const char *name : {"max_tokens", "max_completion_tokens"}) {
    auto refused = parse("\"a\"", std::string(",\"") + name + "\":0");
    ASSERT_FALSE(refused);
    EXPECT_EQ(errorOf(refused.error()).param, name);
  }
}

TEST_F(CompletionRequestTest, ThereMayBeSeveralPrompts) {
  EXPECT_EQ(parse(R"(["a","b"])")->prompts, (std::vector<RawPrompt>{"a", "b"}));
  EXPECT_EQ(parse("[[2,5],[7]]")->prompts,
            (std::vector<RawPrompt>{std::vector<int32_t>{2, 5},
                                    std::vector<int32_t>{7}}));
  auto promptsOf = [](size_t count) {
    std::string list = "[\"a\"";
    for (size_t i = 1; i < count; ++i)
      list += ",\"a\"";
    return list + "]";
  };
  EXPECT_EQ(parse(promptsOf(kMaxPrompts))->prompts.size(), kMaxPrompts);
  EXPECT_FALSE(parse(promptsOf(kMaxPrompts + 1)));
  EXPECT_TRUE(parse(promptsOf(8), ",\"n\":16"));
  EXPECT_EQ(errorOf(parse(promptsOf(9), ",\"n\":16").error()).param, "prompt");
}

TEST_F(CompletionRequestTest, OtherPromptsAreRefusedByName) {
  for (const char *prompt :
       {"null", "\"\"", "[]", "[\"\"]", "[[]]", "5", "true", "{}", "[1,\"a\"]",
        "[-1]", "[99999]", "[1.5]", "[null]", "[\"a\",\"\"]", "[[1],[]]",
        "[[[1]]]", "[{}]", "[\"a\",5]"}) {
    auto request = parse(prompt);
    ASSERT_FALSE(request) << prompt;
    ApiError error = errorOf(request.error());
    EXPECT_EQ(error.status(), 400);
    EXPECT_EQ(error.param.substr(0, 6), "prompt") << prompt;
  }
  auto missing = parseCompletionRequest("{}", server_.model);
  EXPECT_EQ(errorOf(missing.error()).param, "prompt");
}

TEST_F(CompletionRequestTest, AnAnswerHasSixteenTokensUnlessToldOtherwise) {
  EXPECT_EQ(parse("[5]")->generation.maxTokens, 16);
  EXPECT_EQ(parse("[5]", ",\"max_tokens\":3")->generation.maxTokens, 3);
}

TEST_F(CompletionRequestTest, LogprobsAreANumber) {
  EXPECT_EQ(parse("[5]")->generation.sampling.numTopLogprobs, -1);
  EXPECT_EQ(parse("[5]", ",\"logprobs\":2")->generation.sampling.numTopLogprobs,
            2);
  for (const char *bad : {"true", "-1", "21", "1.5", "\"1\""})
    EXPECT_FALSE(parse("[5]", std::string(",\"logprobs\":") + bad)) << bad;
}

} // namespace
} // namespace g4rt
