//===- ResponsesApiTest.cpp - Responses over HTTP -------------------------===//

#include "runtime/http/openai/ResponsesApi.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

json::value respond(TestServer &server, const std::string &fields) {
  RawResponse response =
      server.post("/v1/responses", R"({"temperature":0)" + fields + "}");
  EXPECT_EQ(response.status, 200) << response.body;
  return response.json();
}

TEST(ResponsesApiTest, AStreamEndsWithTheWholeResponse) {
  TestServer server;
  json::value whole = respond(server, R"(,"input":"hi")");
  EXPECT_EQ(stringAt(whole, "/output/0/content/0/text"), "hello");
  EXPECT_EQ(stringAt(whole, "/status"), "completed");
  auto events = server
                    .post("/v1/responses",
                          R"({"input":"hi","temperature":0,"stream":true})")
                    .events();
  json::value last = json::parse(events.back());
  EXPECT_EQ(stringAt(last, "/type"), "response.completed");
  EXPECT_EQ(stringAt(last, "/response/output/0/content/0/text"), "hello");
}

TEST(ResponsesApiTest, AResponseGoesOnFromTheOneBefore) {
  TestServer server;
  json::value first = respond(server, R"(,"input":"hi")");
  std::string id = stringAt(first, "/id");
  json::value second = respond(
      server, R"(,"input":"more","previous_response_id":")" + id + "\"");
  auto numTokens = [](const json::value &response) {
    return response.at_pointer("/usage/input_tokens").to_number<int64_t>();
  };
  EXPECT_GT(numTokens(second), numTokens(first) + 9);
  // The same as with all of it in the request.
  json::value spelled = respond(server, R"(,"input":[
      {"role":"user","content":"hi"},{"role":"assistant","content":"hello"},
      {"role":"user","content":"more"}])");
  EXPECT_EQ(numTokens(second), numTokens(spelled));
}

TEST(ResponsesApiTest, AResponseIsKeptUntilItIsDeleted) {
  TestServer server;
  json::value response = respond(server, R"(,"input":"hi")");
  std::string path = "/v1/responses/" + stringAt(response, "/id");
  EXPECT_EQ(server.get(path).json(), response);
  auto erase = [&] {
    return server.request("DELETE " + path +
                          " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  };
  EXPECT_EQ(erase().json().at("deleted"), true);
  EXPECT_EQ(erase().status, 404);
  EXPECT_EQ(server.get(path).status, 404);
}

TEST(ResponsesApiTest, WhatIsNotToBeStoredIsNot) {
  TestServer server;
  json::value response = respond(server, R"(,"input":"hi","store":false)");
  EXPECT_EQ(server.get("/v1/responses/" + stringAt(response, "/id")).status,
            404);
}

} // namespace
} // namespace g4rt
