//===- ChatGroupTest.cpp - Several chats in one stream --------------------===//

#include "runtime/http/openai/ChatGroup.h"

#include <gtest/gtest.h>

#include <map>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

std::string groupOf(std::initializer_list<std::string> chats) {
  std::string body;
  for (const std::string &chat : chats)
    body += (body.empty() ? "" : ",") + chat;
  return R"({"chats":[)" + body + "]}";
}

/// What became of one chat.
struct Member {
  std::string content;
  std::string finishReason;
  std::string errorCode;
  int64_t numTokens = 0;
};

std::map<int64_t, Member> membersOf(const RawResponse &response) {
  std::map<int64_t, Member> members;
  for (const std::string &text : response.events()) {
    if (text == "[DONE]")
      break;
    json::value event = json::parse(text);
    Member &member = members[event.at("chat").to_number<int64_t>()];
    if (auto *code = find(event, "/error/code"))
      member.errorCode = code->as_string();
    if (auto *piece = find(event, "/chunk/choices/0/delta/content");
        piece && piece->is_string())
      member.content += piece->as_string();
    if (auto *why = find(event, "/chunk/choices/0/finish_reason");
        why && why->is_string())
      member.finishReason = why->as_string();
    if (auto *count = find(event, "/chunk/usage/completion_tokens"))
      member.numTokens = count->to_number<int64_t>();
  }
  return members;
}

TEST(ChatGroupTest, EachChatHasItsAnswerOrItsError) {
  TestServer server;
  RawResponse response = server.post(
      "/g4/chats",
      groupOf({TestServer::chatBody(), TestServer::chatBody(R"(,"n":2)"),
               TestServer::chatBody(R"(,"max_tokens":2)")}));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.events().back(), "[DONE]");
  auto members = membersOf(response);
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0].content, "hello");
  EXPECT_EQ(members[0].finishReason, "stop");
  EXPECT_EQ(members[0].numTokens, 5);
  EXPECT_EQ(members[1].errorCode, "invalid_value"); // one choice a chat
  EXPECT_EQ(members[2].finishReason, "length");
  EXPECT_EQ(members[2].numTokens, 2);
}

TEST(ChatGroupTest, TheHeaderSaysHowLongEachChatMayTake) {
  TestServer server;
  auto answerWith = [&](const std::string &seconds) {
    std::string request = postRequest(
        "/g4/chats", groupOf({TestServer::chatBody(),
                              TestServer::chatBody(R"(,"timeout":600)")}));
    request.insert(request.find("\r\n") + 2,
                   "X-Request-Timeout: " + seconds + "\r\n");
    return server.request(request);
  };
  auto members = membersOf(answerWith("0.000001"));
  EXPECT_EQ(members[0].errorCode, "deadline_exceeded");
  EXPECT_EQ(members[1].content, "hello");
  EXPECT_EQ(answerWith("soon").status, 400);
}

TEST(ChatGroupTest, WhoLeavesCancelsAll) {
  TestServer server;
  server.executor.allowSteps(1);
  {
    RawClient client(server.port());
    client.send(postRequest("/g4/chats", groupOf({TestServer::chatBody(),
                                                  TestServer::chatBody()})));
    ASSERT_TRUE(client.readUntil("data: "));
  }
  server.executor.allowSteps(-1);
  EXPECT_TRUE(server.becomesIdle());
}

TEST(ChatGroupTest, AFullQueueIsToldToWhomItIsFull) {
  TestServerOptions options;
  options.numSlots = 1;
  options.maxQueued = 1;
  TestServer server(options);
  server.executor.allowSteps(0);
  RawClient client(server.port());
  std::string chat = TestServer::chatBody();
  client.send(postRequest("/g4/chats", groupOf({chat, chat, chat})));
  ASSERT_TRUE(client.readUntil("queue_full"));
  server.executor.allowSteps(-1);
  auto members = membersOf(client.receive());
  EXPECT_EQ(members[0].content, "hello");
  EXPECT_EQ(members[1].content, "hello");
  EXPECT_EQ(members[2].errorCode, "queue_full");
}

TEST(ChatGroupTest, OnlyAListOfBodiesIsTaken) {
  TestServer server;
  for (const char *body : {R"({"chats":[]})", R"({"chats":{}})", R"({})", "[]",
                           R"({"chats":[1]})"}) {
    RawResponse response = server.post("/g4/chats", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(response.error("param"), "chats") << body;
  }
  EXPECT_EQ(server.post("/g4/chats", "{").error("code"), "invalid_json");
  std::string many = R"({"chats":[{})";
  for (int i = 0; i < 32; ++i)
    many += ",{}";
  EXPECT_FALSE(parseChatGroup(many + "]}"));
  EXPECT_FALSE(parseChatGroup(R"({"chats":[{}],"x":")" +
                              std::string(size_t{1} << 20, 'x') + "\"}"));
  EXPECT_TRUE(parseChatGroup(R"({"chats":[{"a":1,"stream":false}]})"));
}

} // namespace
} // namespace g4rt
