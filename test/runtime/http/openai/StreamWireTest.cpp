//===- StreamWireTest.cpp - How streams are written -----------------------===//

#include "runtime/http/openai/StreamWire.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(StreamWireTest, ObjectsStandAsClientsExpectThem) {
  json::object object{{"type", "a"}, {"b", 1}};
  EXPECT_EQ(writeEvent(object), "data: {\"type\":\"a\",\"b\":1}\n\n");
  EXPECT_EQ(writeNamedEvent(object),
            "event: a\ndata: {\"type\":\"a\",\"b\":1}\n\n");
  EXPECT_EQ(writeLine(object), "{\"type\":\"a\",\"b\":1}\n");
}

// What cuts a stream is told the way its clients read.
TEST(StreamWireTest, AFailureHasTheShapeOfItsApi) {
  struct Case {
    const char *path;
    std::string body;
    const char *pointer;
  };
  std::string message = R"([{"role":"user","content":"hi"}])";
  for (const Case &c :
       {Case{"/v1/messages",
             R"({"max_tokens":9,"stream":true,"messages":)" + message + "}",
             "/error/type"},
        Case{"/v1/responses", R"({"input":"hi","stream":true})", "/error/code"},
        Case{"/completion", R"({"prompt":"hi","stream":true})", "/error/code"},
        Case{"/api/chat", R"({"messages":)" + message + "}", "/error"}}) {
    TestServer server;
    server.executor.allowSteps(2);
    RawClient client(server.port());
    client.send(postRequest(c.path, c.body));
    ASSERT_TRUE(client.readUntil("he")) << c.path;
    server.executor.waitUntilHeld();
    server.executor.breakDevice();
    server.executor.allowSteps(-1);
    std::string all = client.receiveAll();
    size_t at =
        all.rfind(c.pointer == std::string("/error") ? "{\"code\"" : "data: ");
    ASSERT_NE(at, all.npos) << c.path << all;
    std::string last = all.substr(all.find('{', at));
    last.erase(last.find('\n'));
    EXPECT_NE(stringAt(json::parse(last), c.pointer), "(none)")
        << c.path << last;
  }
}

} // namespace
} // namespace g4rt
