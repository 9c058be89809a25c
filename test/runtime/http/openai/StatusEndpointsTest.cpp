//===- StatusEndpointsTest.cpp - Models, health, version ------------------===//

#include "runtime/http/openai/Api.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(StatusEndpointsTest, TheModelIsListed) {
  TestServer server;
  json::value list = server.get("/v1/models").json();
  json::value model = json::parse(R"({"id":"tiny","object":"model",
      "created":1234,"owned_by":"g4","max_model_len":256})");
  EXPECT_EQ(list.at_pointer("/data/0"), model);
  EXPECT_EQ(server.get("/v1/models/tiny").json(), model);
  EXPECT_EQ(server.get("/v1/models/%74iny").json(), model);
  RawResponse other = server.get("/v1/models/other");
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.error("code"), "model_not_found");
}

TEST(StatusEndpointsTest, ALostDeviceShows) {
  TestServer server;
  EXPECT_EQ(server.get("/health").status, 200);
  EXPECT_EQ(server.get("/ready").status, 200);
  server.executor.breakDevice();
  EXPECT_EQ(server.chat().status, 503);
  RawResponse health = server.get("/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(health.error("code"), "engine_failed");
  EXPECT_EQ(stringAt(health.json(), "/status"), "failed");
  EXPECT_EQ(stringAt(health.json(), "/last_error"), "the device is lost");
  EXPECT_EQ(server.get("/ready").status, 503);
  EXPECT_EQ(server.chat().error("code"), "engine_failed");
}

TEST(StatusEndpointsTest, TheVersionIsTold) {
  TestServer server;
  EXPECT_EQ(stringAt(server.get("/version").json(), "/version").substr(0, 2),
            "0.");
}

} // namespace
} // namespace g4rt
