//===- LlamaApiTest.cpp - llama-server's clients over HTTP ----------------===//

#include "runtime/http/llama/LlamaApi.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(LlamaApiTest, ATextGoesOn) {
  TestServer server;
  std::string body = R"({"prompt":"x","temperature":0)";
  for (const char *path : {"/completion", "/completions"}) {
    json::value answer = server.post(path, body + "}").json();
    EXPECT_EQ(stringAt(answer, "/content"), "hello");
    EXPECT_EQ(stringAt(answer, "/stop_type"), "eos");
  }
  json::value stopped =
      server.post("/completion", body + R"(,"stop":["ll"]})").json();
  EXPECT_EQ(stringAt(stopped, "/stopping_word"), "ll");
  RawResponse stream = server.post("/completion", body + R"(,"stream":true})");
  std::string text;
  for (const std::string &event : stream.events())
    text += stringAt(json::parse(event), "/content");
  EXPECT_EQ(text, "hello");
}

TEST(LlamaApiTest, PropsSayWhatHolds) {
  TestServer server;
  json::value props = server.get("/props").json();
  EXPECT_EQ(props.at("total_slots"), 4);
  EXPECT_EQ(props.at_pointer("/default_generation_settings/n_ctx"), 256);
}

TEST(LlamaApiTest, EverySlotIsListed) {
  TestServer server;
  json::value slots = server.get("/slots").json();
  ASSERT_EQ(slots.as_array().size(), 4u);
  EXPECT_EQ(slots.at(0).at("is_processing"), false);
  EXPECT_EQ(slots.at(3).at("id"), 3);
}

TEST(LlamaApiTest, SlotsAreForAdministrators) {
  TestServerOptions options;
  options.keys = {.users = {"one"}, .admins = {"root"}};
  TestServer server(options);
  auto statusOf = [&](const std::string &path, const std::string &key) {
    return server
        .request("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: " +
                 key + "\r\n\r\n")
        .status;
  };
  EXPECT_EQ(statusOf("/slots", "one"), 403);
  EXPECT_EQ(statusOf("/slots", "root"), 200);
  EXPECT_EQ(statusOf("/props", "one"), 200);
}

} // namespace
} // namespace g4rt
