//===- ServerTest.cpp - The server as clients see it ----------------------===//

#include "runtime/http/Server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

TEST(ServerTest, AChatIsAnswered) {
  TestServer server;
  RawResponse response = server.chat();
  ASSERT_EQ(response.status, 200) << response.body;
  json::value body = response.json();
  EXPECT_EQ(body.at_pointer("/choices/0/message/content"), "hello");
  EXPECT_EQ(body.at_pointer("/choices/0/finish_reason"), "stop");
  EXPECT_EQ(body.at_pointer("/object"), "chat.completion");
  EXPECT_EQ(body.at_pointer("/model"), "tiny");
}

TEST(ServerTest, AStreamedChatEndsWithDone) {
  TestServer server;
  RawResponse response = server.chat(R"(,"stream":true)");
  ASSERT_EQ(response.status, 200) << response.body;
  std::vector<std::string> events = response.events();
  ASSERT_GT(events.size(), 3u);
  EXPECT_EQ(events.back(), "[DONE]");
  std::string content;
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    json::value chunk = json::parse(events[i]);
    if (auto *delta = find(chunk, "/choices/0/delta/content"))
      content += std::string(delta->as_string());
  }
  EXPECT_EQ(content, "hello");
}

} // namespace
} // namespace g4rt
