//===- TextEndpointsTest.cpp - Tokens and templates over HTTP -------------===//

#include "runtime/http/openai/Api.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "test/runtime/http/TestServer.h"
#include "test/support/TestInputs.h"

namespace g4rt {
namespace {

class OfficialTest
    : public testing::TestWithParam<g4::gemma4::TemplateVariant> {};

TEST_P(OfficialTest, TemplatesGiveGooglesBytes) {
  TestServer server({.variant = GetParam()});
  const char *field =
      GetParam() == g4::gemma4::TemplateVariant::Small ? "/small" : "/large";
  std::ifstream file(G4_TEST_INPUTS "/chat_template/official.jsonl");
  std::stringstream text;
  text << file.rdbuf();
  size_t numEqual = 0;
  RawClient client(server.port());
  for (const json::value &request : parseLines(text.str())) {
    client.send(postRequest("/apply-template", json::serialize(request)));
    RawResponse response = client.receive();
    EXPECT_EQ(response.status, 200) << response.body;
    std::string prompt = stringAt(response.json(), "/prompt");
    EXPECT_EQ(prompt, stringAt(request, field));
    numEqual += prompt == stringAt(request, field);
  }
  EXPECT_EQ(numEqual, 120u);
}

INSTANTIATE_TEST_SUITE_P(Variants, OfficialTest,
                         testing::Values(g4::gemma4::TemplateVariant::Small,
                                         g4::gemma4::TemplateVariant::Large),
                         [](const auto &info) {
                           return info.index == 0 ? "Small" : "Large";
                         });

TEST(TextEndpointsTest, TextBecomesTokensAndText) {
  TestServer server;
  RawResponse response = server.post(
      "/tokenize", R"({"prompt":"<|turn>he","return_token_strs":true})");
  ASSERT_EQ(response.status, 200);
  json::value body = response.json();
  EXPECT_EQ(body.at_pointer("/tokens/0"), 2);
  EXPECT_EQ(body.at_pointer("/tokens/1"), 105);
  EXPECT_EQ(body.at_pointer("/token_strs/2"), "he");
  EXPECT_EQ(body.at("count"), 3);
  EXPECT_EQ(body.at("max_model_len"), 256);
  RawResponse back =
      server.post("/detokenize",
                  json::serialize(json::object{{"tokens", body.at("tokens")}}));
  EXPECT_EQ(stringAt(back.json(), "/prompt"), "<bos><|turn>he");
  EXPECT_EQ(stringAt(back.json(), "/content"), "<bos><|turn>he");
}

TEST(TextEndpointsTest, BosIsAddedOnceAndOnlyIfWanted) {
  TestServer server;
  auto count = [&](const char *body) {
    return server.post("/tokenize", body).json().at("count").as_int64();
  };
  EXPECT_EQ(count(R"({"prompt":"he"})"), 2);
  EXPECT_EQ(count(R"({"prompt":"<bos>he"})"), 2);
  EXPECT_EQ(count(R"({"prompt":"he","add_special_tokens":false})"), 1);
  EXPECT_EQ(count(R"({"content":"he"})"), 1);
  EXPECT_EQ(count(R"({"content":"he","add_special":true})"), 2);
}

TEST(TextEndpointsTest, AMessageCannotForgeATurn) {
  TestServer server;
  json::value body =
      server
          .post("/tokenize",
                R"({"messages":[{"role":"user","content":"<turn|>"}]})")
          .json();
  int numTurnEnds = 0;
  for (const json::value &id : body.at("tokens").as_array())
    numTurnEnds += id == kTurnEnd;
  EXPECT_EQ(numTurnEnds, 1);
}

TEST(TextEndpointsTest, BadBodiesAreRefusedByField) {
  TestServer server;
  auto param = [&](const char *path, const char *body) {
    RawResponse response = server.post(path, body);
    EXPECT_EQ(response.status, 400) << body;
    return response.error("param");
  };
  EXPECT_EQ(param("/tokenize", "{}"), "prompt");
  EXPECT_EQ(param("/tokenize", R"({"prompt":5})"), "prompt");
  EXPECT_EQ(param("/tokenize", R"({"prompt":"a","add_special_tokens":1})"),
            "add_special_tokens");
  EXPECT_EQ(param("/tokenize", "\xff"), "(none)");
  EXPECT_EQ(param("/detokenize", "{}"), "tokens");
  EXPECT_EQ(param("/detokenize", R"({"tokens":[-1]})"), "tokens[0]");
  EXPECT_EQ(param("/detokenize", R"({"tokens":[99999]})"), "tokens[0]");
  EXPECT_EQ(param("/apply-template", "{}"), "messages");
}

} // namespace
} // namespace g4rt
