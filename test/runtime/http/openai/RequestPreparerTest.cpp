//===- RequestPreparerTest.cpp - Prompts that are too long ----------------===//

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

std::string completion(size_t numCharacters, const char *fields = "") {
  return "{\"prompt\":\"" + std::string(numCharacters, 'x') +
         "\",\"max_tokens\":1" + fields + "}";
}

// 256 positions: <bos>, the characters and one token of the answer.
TEST(RequestPreparerTest, TheContextHoldsWhatItHolds) {
  TestServer server;
  EXPECT_EQ(server.post("/v1/completions", completion(254)).status, 200);
  for (size_t size : {255u, 256u, 257u, 5000u, 1'000'000u}) {
    RawResponse response = server.post("/v1/completions", completion(size));
    EXPECT_EQ(response.status, 400) << size;
    EXPECT_EQ(response.error("code"), "context_length_exceeded");
    EXPECT_EQ(response.error("param"), "prompt");
  }
  EXPECT_EQ(server.engine.status().numRefused, 0u);
}

TEST(RequestPreparerTest, ALongChatIsRefusedTheSameWay) {
  TestServer server;
  for (size_t size : {300u, 1'000'000u}) {
    RawResponse response = server.post(
        "/v1/chat/completions", R"({"messages":[{"role":"user","content":")" +
                                    std::string(size, 'x') + "\"}]}");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.error("code"), "context_length_exceeded");
    EXPECT_EQ(response.error("param"), "messages");
  }
}

TEST(RequestPreparerTest, IdsAreTakenAsTheyAre) {
  TestServer server;
  RawResponse response = server.post("/v1/completions", R"({"prompt":[5,6]})");
  EXPECT_EQ(response.json().at_pointer("/usage/prompt_tokens"), 2);
  response = server.post("/v1/completions", R"({"prompt":"he"})");
  EXPECT_EQ(response.json().at_pointer("/usage/prompt_tokens"), 2);
}

} // namespace
} // namespace g4rt
