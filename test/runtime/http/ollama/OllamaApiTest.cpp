//===- OllamaApiTest.cpp - Ollama's clients over HTTP ---------------------===//

#include "runtime/http/ollama/OllamaApi.h"

#include <gtest/gtest.h>

#include <sstream>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

const std::string kChat = R"({"model":"tiny","messages":[{"role":"user",)"
                          R"("content":"hi"}],"options":{"temperature":0})";

TEST(OllamaApiTest, AnAnswerComesInLines) {
  TestServer server;
  RawResponse response = server.post("/api/chat", kChat + "}");
  EXPECT_TRUE(response.hasHeader("Content-Type: application/x-ndjson"));
  std::istringstream lines(response.body);
  std::string text;
  json::value last;
  for (std::string line; std::getline(lines, line);) {
    last = json::parse(line);
    text += stringAt(last, "/message/content");
  }
  EXPECT_EQ(text, "hello");
  EXPECT_EQ(last.at("done"), true);
  EXPECT_EQ(last.at("eval_count"), 5);
}

TEST(OllamaApiTest, AWholeAnswerIsJson) {
  TestServer server;
  json::value answer =
      server.post("/api/chat", kChat + R"(,"stream":false})").json();
  EXPECT_EQ(stringAt(answer, "/message/content"), "hello");
  answer = server
               .post("/api/generate",
                     R"({"prompt":"hi","stream":false,"raw":true,
                         "options":{"temperature":0}})")
               .json();
  EXPECT_EQ(stringAt(answer, "/response"), "hello");
}

TEST(OllamaApiTest, ALoadIsAnsweredAtOnce) {
  TestServer server;
  json::value answer = server.post("/api/generate", "{}").json();
  EXPECT_EQ(stringAt(answer, "/done_reason"), "load");
}

TEST(OllamaApiTest, TheModelIsListedAndShown) {
  TestServer server;
  EXPECT_EQ(stringAt(server.get("/api/tags").json(), "/models/0/name"),
            "tiny:latest");
  EXPECT_EQ(stringAt(server.get("/api/ps").json(), "/models/0/model"),
            "tiny:latest");
  json::value shown =
      server.post("/api/show", R"({"model":"tiny:latest"})").json();
  EXPECT_EQ(shown.at_pointer("/model_info/gemma4.context_length"), 256);
  EXPECT_EQ(server.post("/api/show", R"({"model":"other"})").status, 404);
  EXPECT_NE(stringAt(server.get("/api/version").json(), "/version"), "(none)");
}

TEST(OllamaApiTest, AnErrorIsAText) {
  TestServer server;
  RawResponse response =
      server.post("/api/chat", R"({"messages":[{"role":"x"}]})");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(stringAt(response.json(), "/error"), "(none)");
  EXPECT_EQ(stringAt(response.json(), "/param"), "messages[0].role");
}

} // namespace
} // namespace g4rt
