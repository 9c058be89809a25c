#include "runtime/http/openai/KeyedSubmit.h"

#include "runtime/http/KeyAccount.h"

#include <gtest/gtest.h>

#include <deque>

namespace g4rt {
namespace {

/// Keeps what it is asked, or refuses.
class TakingEngine : public Engine {
public:
  Result<GenerationId> submit(GenerationRequest request,
                              GenerationSink sink) override {
    if (!error.ok())
      return error;
    requests.push_back(std::move(request));
    sinks.push_back(std::move(sink));
    return GenerationId{requests.size()};
  }
  void cancel(GenerationId) override {}
  bool drain(std::chrono::steady_clock::time_point) override { return true; }
  EngineStatus status() const override { return {.drainSeconds = 23}; }

  void end(size_t index) {
    GenerationEvent event;
    event.end = GenerationEnd();
    sinks[index](event);
  }

  Status error;
  std::deque<GenerationRequest> requests;
  std::deque<GenerationSink> sinks;
};

class KeyedSubmitTest : public testing::Test {
protected:
  static HttpRequest requestOf(KeyRules rules) {
    HttpRequest request;
    request.account = std::make_shared<KeyAccount>(7, "key", std::move(rules));
    return request;
  }
  Submission submit(const HttpRequest &from, std::string salt = {}) {
    return submitFor(
        from, engine, {.promptIds = {1, 2, 3}, .cacheSalt = std::move(salt)}, 3,
        [this](GenerationEvent event) { numEnds += event.end.has_value(); });
  }

  TakingEngine engine;
  int numEnds = 0;
};

TEST_F(KeyedSubmitTest, WithoutAKeyNothingIsAdded) {
  HttpRequest anybody;
  EXPECT_TRUE(submit(anybody).id);
  EXPECT_EQ(engine.requests[0].share.key, KeyId{0});
  EXPECT_EQ(engine.requests[0].cacheSalt, "");
}

TEST_F(KeyedSubmitTest, TheEngineLearnsTheSharesAndTheSaltOfAKey) {
  HttpRequest from = requestOf({.weight = 4});
  EXPECT_TRUE(submit(from).id);
  EXPECT_EQ(engine.requests[0].share.key, KeyId{7});
  EXPECT_EQ(engine.requests[0].share.weight, 4);
  EXPECT_EQ(engine.requests[0].cacheSalt, from.account->cacheSalt());
  EXPECT_TRUE(submit(from, "asked for").id);
  EXPECT_EQ(engine.requests[1].cacheSalt, "asked for");
}

TEST_F(KeyedSubmitTest, AKeyHasNoMoreAnswersThanItMay) {
  HttpRequest from = requestOf({.maxAnswers = 1});
  EXPECT_TRUE(submit(from).id);
  Submission refused = submit(from);
  EXPECT_FALSE(refused.id);
  EXPECT_EQ(refused.error.status(), 429);
  EXPECT_EQ(refused.error.code(), "rate_limit_exceeded");
  EXPECT_GE(refused.error.retrySeconds, 1);
  engine.end(0);
  EXPECT_EQ(numEnds, 1);
  EXPECT_TRUE(submit(from).id);
}

TEST_F(KeyedSubmitTest, WhatTheEngineRefusesCountsForNothing) {
  HttpRequest from = requestOf({.maxAnswers = 1});
  engine.error = Status(StatusCode::ResourceExhausted, "full");
  Submission refused = submit(from);
  EXPECT_EQ(refused.error.code(), "queue_full");
  EXPECT_EQ(refused.error.retrySeconds, 23); // the engine's
  engine.error = Status();
  EXPECT_TRUE(submit(from).id);
}

TEST_F(KeyedSubmitTest, PromptsAndTokensAreCharged) {
  HttpRequest from = requestOf({.tokensPerMinute = 9});
  EXPECT_TRUE(submit(from).id);
  EXPECT_TRUE(submit(from).id);
  GenerationEvent event;
  event.token = Sample();
  engine.sinks[0](event);
  Submission refused = submit(from); // of 9 tokens 2 are left
  EXPECT_EQ(refused.error.code(), "rate_limit_exceeded");
  EXPECT_NEAR(static_cast<double>(refused.error.retrySeconds), 7, 1);
}

} // namespace
} // namespace g4rt
