//===- TestServer.h - A server on loopback with a scripted model *- C++ -*-===//

#ifndef G4_TEST_RUNTIME_HTTP_TESTSERVER_H
#define G4_TEST_RUNTIME_HTTP_TESTSERVER_H

#include "runtime/engine/LocalEngine.h"
#include "runtime/http/Server.h"
#include "runtime/http/ServerCore.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "test/runtime/http/RawClient.h"
#include "test/support/ChatTokenizer.h"
#include "test/support/ScriptedExecutor.h"
#include "test/support/TestChatTemplate.h"

namespace g4rt {

inline constexpr int32_t kTurnEnd = 106;

struct TestServerOptions {
  int64_t maxModelLength = 256;
  int64_t maxQueued = 8;
  int64_t numSlots = 4;
  HttpLimits limits = {};
  size_t heldBytes = 0; // for clients; 0: by the machine
  Keys keys = {};
  std::vector<std::string> allowedOrigins = {};
  g4::gemma4::TemplateVariant variant = g4::gemma4::TemplateVariant::Small;
};

/// Everything of a server; answers "hello" until it is given another script.
class TestServer {
public:
  explicit TestServer(const TestServerOptions &options = {})
      : tokenizer(chatTokenizerJson()), chatTemplate(options.variant),
        executor({.vocabSize = tokenizer->numTokens(),
                  .maxStepTokens = 64,
                  .maxChunkTokens = 64,
                  .maxStepOutputs = 16,
                  .numSlots = options.numSlots,
                  .pageSize = 16,
                  .numPages = options.numSlots * options.maxModelLength / 16,
                  .pagesPerSlot = options.maxModelLength / 16},
                 kTurnEnd),
        engine(executor, *tokenizer,
               {.maxModelLength = options.maxModelLength,
                .maxQueued = options.maxQueued,
                // The executor takes position 0 for the begin of an answer.
                .enablePrefixCaching = false}),
        model{.engine = engine,
              .tokenizer = *tokenizer,
              .chatTemplate = chatTemplate.operator->(),
              .name = "tiny",
              .generation = {.bosId = 2, .eosIds = {1, 106, 50}},
              .maxModelLength = options.maxModelLength,
              .createdTime = 1234} {
    say("hello");
    ServerOptions serverOptions{.port = 0,
                                .allowedOrigins = options.allowedOrigins,
                                .keys = options.keys,
                                .limits = options.limits};
    if (options.heldBytes > 0) {
      startCore(serverOptions, options.heldBytes);
      return;
    }
    Result<std::unique_ptr<Server>> started =
        Server::start(serverOptions, model);
    if (started)
      server = *std::move(started);
  }
  ~TestServer() {
    executor.allowSteps(-1); // a step that is held would wait for ever
    if (core)
      core->stop(std::chrono::steady_clock::now());
  }

  /// The answer from here on; the spelling of a mark is the mark.
  void say(std::string_view text) {
    executor.setScript(tokenizer->encode(text, SpecialTokens::Match));
  }

  uint16_t port() const { return core ? core->port() : server->port(); }
  RawResponse request(std::string_view bytes) {
    RawClient client(port());
    client.send(bytes);
    return client.receive(bytes.starts_with("HEAD"));
  }
  RawResponse get(std::string_view path) { return request(getRequest(path)); }
  RawResponse post(std::string_view path, std::string_view body) {
    return request(postRequest(path, body));
  }
  /// A chat of one message with more fields: `,"stream":true`.
  RawResponse chat(std::string_view fields = "") {
    return post("/v1/chat/completions", chatBody(fields));
  }
  static std::string chatBody(std::string_view fields = "") {
    return R"({"model":"tiny","messages":[{"role":"user","content":"hi"}],)"
           R"("temperature":0)" +
           std::string(fields) + "}";
  }

  /// Waits until no request runs or waits. False after 20 s.
  bool becomesIdle() {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      EngineStatus status = engine.status();
      if (status.numRunning == 0 && status.numWaiting == 0 &&
          status.numPagesUsed == 0)
        return true;
      std::this_thread::yield();
    }
    return false;
  }

  TestTokenizer tokenizer;
  TestChatTemplate chatTemplate;
  ScriptedExecutor executor;
  LocalEngine engine;
  ServedModel model;
  std::unique_ptr<Server> server;
  std::unique_ptr<ServerCore> core; // in its place, with a plan of the test's

private:
  void startCore(const ServerOptions &options, size_t heldBytes) {
    core = std::make_unique<ServerCore>(options, model,
                                        HttpMemoryPlan{.held = heldBytes});
    if (core->listen().ok())
      core->run();
  }
};

} // namespace g4rt

#endif // G4_TEST_RUNTIME_HTTP_TESTSERVER_H
