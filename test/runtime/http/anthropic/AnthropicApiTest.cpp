//===- AnthropicApiTest.cpp - Messages over HTTP --------------------------===//

#include "runtime/http/anthropic/AnthropicApi.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

std::string body(const std::string &fields) {
  return R"({"max_tokens":64,"temperature":0,"messages":[{"role":"user",)"
         R"("content":"hi"}])" +
         fields + "}";
}

TEST(AnthropicApiTest, AMessageIsAnswered) {
  TestServer server;
  RawResponse response = server.post("/v1/messages", body(""));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(stringAt(response.json(), "/content/0/text"), "hello");
  EXPECT_EQ(stringAt(response.json(), "/stop_reason"), "end_turn");
}

TEST(AnthropicApiTest, AStreamHasNamedEventsAndNoDone) {
  TestServer server;
  RawResponse response = server.post("/v1/messages", body(R"(,"stream":true)"));
  EXPECT_NE(response.body.find("event: message_start\ndata: "),
            std::string::npos);
  EXPECT_EQ(response.body.find("[DONE]"), std::string::npos);
  std::string text;
  for (const std::string &event : response.events()) {
    json::value value = json::parse(event);
    if (auto *delta = find(value, "/delta/text"))
      text += delta->as_string();
  }
  EXPECT_EQ(text, "hello");
}

TEST(AnthropicApiTest, AStopSequenceIsNamed) {
  TestServer server;
  json::value message =
      server.post("/v1/messages", body(R"(,"stop_sequences":["zz","ll"])"))
          .json();
  EXPECT_EQ(stringAt(message, "/content/0/text"), "he");
  EXPECT_EQ(stringAt(message, "/stop_reason"), "stop_sequence");
  EXPECT_EQ(stringAt(message, "/stop_sequence"), "ll");
}

TEST(AnthropicApiTest, TokensAreCountedAsTheyWouldBeUsed) {
  TestServer server;
  json::value counted =
      server.post("/v1/messages/count_tokens", body("")).json();
  json::value message = server.post("/v1/messages", body("")).json();
  EXPECT_EQ(counted.at("input_tokens"),
            message.at_pointer("/usage/input_tokens"));
}

TEST(AnthropicApiTest, ErrorsAreAnthropics) {
  TestServer server;
  RawResponse wrong = server.post("/v1/messages", body(R"(,"top_p":7)"));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(stringAt(wrong.json(), "/type"), "error");
  EXPECT_EQ(wrong.error("type"), "invalid_request_error");
  EXPECT_EQ(wrong.error("param"), "top_p");
  RawResponse unknown =
      server.post("/v1/messages", body(R"(,"model":"claude-x")"));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.error("type"), "not_found_error");
}

TEST(AnthropicApiTest, AStrangerIsToldInAnthropicsWords) {
  TestServerOptions options;
  options.keys = {.users = {"one"}};
  TestServer server(options);
  RawResponse response = server.post("/v1/messages", body(""));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.error("type"), "authentication_error");
}

TEST(AnthropicApiTest, AWrongSchemaIsNamedWhereItStands) {
  TestServer server({.maxModelLength = 1024});
  for (const char *path : {"/v1/messages", "/v1/messages/count_tokens"})
    EXPECT_TRUE(server
                    .post(path, body(R"(,"tools":[{"name":"f","strict":true,
        "input_schema":{"type":"object","properties":{"a":{"type":5}}}}])"))
                    .error("param")
                    .starts_with("tools[0].input_schema"))
        << path;
}

} // namespace
} // namespace g4rt
