//===- SlotCommandsTest.cpp - Slots saved, restored and erased ------------===//

#include "runtime/http/llama/SlotCommands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

/// Has two slots and answers commands as it is told.
class SlotEngine : public Engine {
public:
  Result<GenerationId> submit(GenerationRequest, GenerationSink) override {
    return Status(StatusCode::Unavailable, "the engine is not serving");
  }
  void cancel(GenerationId) override {}
  bool drain(std::chrono::steady_clock::time_point) override { return true; }
  EngineStatus status() const override { return {.numSlots = 2}; }
  void run(SlotCommand command, SlotSink sink) override {
    commands.push_back(std::move(command));
    sink(report);
  }

  std::vector<SlotCommand> commands;
  SlotReport report{.numTokens = 1745, .bytes = 14309796, .seconds = 0.5};
};

class SlotCommandsTest : public testing::Test {
protected:
  SlotCommandsTest() {
    ServedModel model{.engine = engine,
                      .tokenizer = *tokenizer,
                      .name = "tiny",
                      .maxModelLength = 256};
    if (auto started = Server::start({.port = 0}, model))
      server = *std::move(started);
  }
  RawResponse post(const std::string &path, const std::string &body = "") {
    RawClient client(server->port());
    client.send("POST " + path +
                " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.receive();
  }
  /// Whether the answer is a 400 that names the field.
  static bool isRefused(const RawResponse &response, std::string_view param) {
    return response.status == 400 && response.error("param") == param;
  }

  TestTokenizer tokenizer{chatTokenizerJson()};
  SlotEngine engine;
  std::unique_ptr<Server> server;
};

TEST_F(SlotCommandsTest, ASavedSlotSaysWhatWasWritten) {
  EXPECT_EQ(post("/slots/1?action=save", R"({"filename":"a.bin"})").json(),
            json::parse(R"({"id_slot":1,"filename":"a.bin","n_saved":1745,
      "n_written":14309796,"timings":{"save_ms":500.0}})"));
  ASSERT_EQ(engine.commands.size(), 1u);
  EXPECT_EQ(engine.commands[0].action, SlotAction::Save);
  EXPECT_EQ(engine.commands[0].slot, 1);
  EXPECT_EQ(engine.commands[0].file, "a.bin");
}

TEST_F(SlotCommandsTest, ARestoredSlotSaysWhatWasRead) {
  EXPECT_EQ(post("/slots/0?action=restore", R"({"filename":"a.bin"})").json(),
            json::parse(R"({"id_slot":0,"filename":"a.bin","n_restored":1745,
      "n_read":14309796,"timings":{"restore_ms":500.0}})"));
}

TEST_F(SlotCommandsTest, AnErasedSlotSaysHowManyTokensItHad) {
  EXPECT_EQ(post("/slots/0?action=erase").json(),
            json::parse(R"({"id_slot":0,"n_erased":1745})"));
}

TEST_F(SlotCommandsTest, WhatIsNoCommandIsRefusedBeforeTheEngineSeesIt) {
  for (const char *path :
       {"/slots/x?action=erase", "/slots/0x?action=erase",
        "/slots/99999999999999999999?action=erase", "/slots/1/2?action=erase"})
    EXPECT_TRUE(isRefused(post(path), "id_slot")) << path;
  for (const char *path : {"/slots/0", "/slots/0?", "/slots/0?action=",
                           "/slots/0?action=load", "/slots/0?save"})
    EXPECT_TRUE(isRefused(post(path), "action")) << path;
  EXPECT_TRUE(isRefused(post("/slots/0?action=save", "{}"), "filename"));
  EXPECT_TRUE(
      isRefused(post("/slots/0?action=save", R"({"filename":3})"), "filename"));
  EXPECT_EQ(post("/slots/0?action=save", "nonsense").status, 400);
  EXPECT_TRUE(engine.commands.empty());
}

TEST_F(SlotCommandsTest, ErrorsOfTheEngineHaveTheirStatus) {
  std::string body = R"({"filename":"a"})";
  for (auto [code, status] : {std::pair(StatusCode::InvalidArgument, 400),
                              {StatusCode::NotFound, 400},
                              {StatusCode::DataLoss, 400},
                              {StatusCode::Unimplemented, 400},
                              {StatusCode::ResourceExhausted, 500},
                              {StatusCode::Unavailable, 503}}) {
    engine.report.error = Status(code, "/folder/a: why");
    RawResponse response = post("/slots/0?action=restore", body);
    EXPECT_EQ(response.status, status) << toString(code);
  }
  // Where the files lie is nobody's business.
  engine.report.error = Status(StatusCode::DataLoss, "/folder/a: why");
  EXPECT_EQ(post("/slots/0?action=restore", body).body.find("/folder"),
            std::string::npos);
}

} // namespace
} // namespace g4rt
