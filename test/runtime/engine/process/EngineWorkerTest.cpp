//===- EngineWorkerTest.cpp - The engine's end of the socket --------------===//

#include "runtime/engine/process/EngineWorker.h"

#include "runtime/engine/session/SessionKeeper.h"

#include <gtest/gtest.h>

#include <map>
#include <sys/socket.h>
#include <thread>

#include "test/support/FakeExecutor.h"
#include "test/support/TempFolder.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                    .maxStepTokens = 32,
                                    .maxChunkTokens = 32,
                                    .maxStepOutputs = 32,
                                    .numSlots = 16,
                                    .pageSize = 8,
                                    .numPages = 96,
                                    .pagesPerSlot = 8};

/// A worker on a thread, and the server's end of its socket.
class EngineWorkerTest : public testing::Test {
protected:
  void SetUp() override {
    auto ends = makeSocketPair();
    ASSERT_TRUE(ends);
    near = std::move(ends->first);
    far = std::move(ends->second);
    receiver.emplace(near.get());
  }
  void start(std::unique_ptr<SessionStore> sessions = nullptr) {
    thread = std::thread([this, sessions = std::move(sessions)]() mutable {
      EngineWorker worker(far.get());
      end = worker.serve(executor, *tokenizer,
                         {.limits = kLimits, .maxModelLength = 64},
                         std::move(sessions));
      ::shutdown(far.get(), SHUT_RDWR);
    });
  }
  void TearDown() override {
    ::shutdown(near.get(), SHUT_RDWR);
    if (thread.joinable())
      thread.join();
  }
  Status endOfServing() {
    thread.join();
    return end;
  }

  void send(const ToEngine &message) {
    FrameSender sender(near.get());
    appendFrame(message, sender.buffer());
    ASSERT_TRUE(sender.flush(Wait::Yes).ok());
  }
  void submit(uint64_t id, GenerationRequest request) {
    send(SubmitMessage{GenerationId{id}, 0, std::move(request)});
  }
  static GenerationRequest greedy(int64_t maxTokens) {
    return {.promptIds = {1, 2, 3},
            .sampling = {.temperature = 0},
            .maxTokens = maxTokens};
  }
  /// The next message; none when the worker has gone.
  std::optional<FromEngine> next() {
    for (;;) {
      auto frame = receiver->next();
      if (frame && *frame) {
        auto message = parseFromEngine(**frame);
        EXPECT_TRUE(message);
        return *std::move(message);
      }
      if (!frame || !receiver->receive(Wait::Yes).ok())
        return std::nullopt;
    }
  }
  /// All events until `count` answers have ended; `status` is the last one.
  std::vector<AnswerEvent> events(int count) {
    std::vector<AnswerEvent> all;
    while (count > 0) {
      auto message = next();
      if (!message)
        break;
      auto *step = std::get_if<StepMessage>(&*message);
      if (!step)
        continue;
      status = step->status;
      for (AnswerEvent &event : step->events) {
        count -= event.event.end.has_value();
        all.push_back(std::move(event));
      }
    }
    return all;
  }

  FileHandle near, far;
  std::optional<FrameReceiver> receiver;
  FakeExecutor executor{kLimits};
  TestTokenizer tokenizer{tinyTokenizerJson()};
  EngineStatus status;
  Status end;
  std::thread thread;
};

TEST_F(EngineWorkerTest, ItSaysWhatItHasAndAnswers) {
  start();
  auto first = next();
  ASSERT_TRUE(first);
  ASSERT_TRUE(std::get_if<ReadyMessage>(&*first));
  EXPECT_EQ(std::get<ReadyMessage>(*first).facts.limits.vocabSize, 300);
  submit(1, greedy(5));
  std::vector<AnswerEvent> all = events(1);
  int numTokens = 0;
  for (const AnswerEvent &event : all) {
    EXPECT_EQ(event.id, GenerationId{1});
    numTokens += event.event.token.has_value();
  }
  EXPECT_EQ(numTokens, 5);
  EXPECT_EQ(all.back().event.end->reason, FinishReason::Length);
  EXPECT_EQ(status.numFinishedLength, 1u);
}

TEST_F(EngineWorkerTest, AWrongRequestFailsAlone) {
  start();
  submit(1, greedy(3));
  submit(2, {.promptIds = {300}});
  submit(3, {.promptIds = {1}, .stops = {""}});
  submit(4, greedy(3));
  std::map<uint64_t, std::string> ends;
  for (const AnswerEvent &event : events(4))
    if (event.event.end)
      ends[static_cast<uint64_t>(event.id)] = event.event.end->error.toString();
  EXPECT_EQ(ends[1], "Ok");
  EXPECT_EQ(ends[2], "InvalidArgument: prompt[0]: token 300, needs 0 to 299");
  EXPECT_EQ(ends[3], "InvalidArgument: stop[0]: empty");
  EXPECT_EQ(ends[4], "Ok");
}

TEST_F(EngineWorkerTest, ALostDeviceIsToldToAllAndEndsIt) {
  executor.onRun = [](const StepPlan &) {
    return Status(StatusCode::Unavailable, "cuGraphLaunch: lost");
  };
  start();
  submit(1, greedy(5));
  std::vector<AnswerEvent> all = events(1);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].event.end->error.toString(),
            "Unavailable: cuGraphLaunch: lost");
  EXPECT_EQ(status.phase, EnginePhase::Failed);
  EXPECT_EQ(status.lastError, "cuGraphLaunch: lost");
  EXPECT_FALSE(next());
  EXPECT_EQ(endOfServing().toString(), "Unavailable: cuGraphLaunch: lost");
}

TEST_F(EngineWorkerTest, CancelledAnswersEnd) {
  start();
  submit(1, greedy(60));
  submit(2, greedy(60));
  send(CancelMessage{GenerationId{1}});
  send(CancelMessage{GenerationId{99}});
  send(CancelAllMessage());
  int numCancelled = 0;
  for (const AnswerEvent &event : events(2))
    if (event.event.end)
      numCancelled += event.event.end->reason == FinishReason::Cancelled;
  EXPECT_EQ(status.numCancelled, static_cast<uint64_t>(numCancelled));
  EXPECT_EQ(status.numRunning, 0);
}

TEST_F(EngineWorkerTest, APausedAnswerWaitsUntilItIsResumed) {
  start();
  submit(1, greedy(40));
  send(PauseMessage{GenerationId{1}, true});
  submit(2, greedy(20));
  int numTokens[2] = {};
  for (const AnswerEvent &event : events(1))
    numTokens[static_cast<uint64_t>(event.id) - 1] +=
        event.event.token.has_value();
  EXPECT_LT(numTokens[0], 40);
  EXPECT_EQ(numTokens[1], 20);
  send(PauseMessage{GenerationId{1}, false});
  for (const AnswerEvent &event : events(1))
    numTokens[0] += event.event.token.has_value();
  EXPECT_EQ(numTokens[0], 40);
}

TEST_F(EngineWorkerTest, SlotsAreSavedWhileNothingElseIsToBeDone) {
  TempFolder folder;
  auto store = SessionStore::open({.folder = folder.path("sessions")},
                                  sessionFormatOf(executor, "fake"));
  ASSERT_TRUE(store);
  start(*std::move(store));
  submit(1, greedy(5));
  events(1);
  send(SlotMessage{1, {SlotAction::Save, 0, "mine"}});
  send(SlotMessage{2, {SlotAction::Erase, 99}});
  std::map<uint64_t, SlotReport> reports;
  while (reports.size() < 2) {
    auto message = next();
    ASSERT_TRUE(message);
    if (auto *done = std::get_if<SlotDoneMessage>(&*message))
      reports[done->id] = done->report;
  }
  EXPECT_TRUE(reports[1].error.ok());
  EXPECT_EQ(reports[1].numTokens, 3 + 4);
  EXPECT_EQ(reports[2].error.code(), StatusCode::InvalidArgument);
}

TEST_F(EngineWorkerTest, AServerThatIsGoneEndsIt) {
  start();
  submit(1, greedy(60));
  ::shutdown(near.get(), SHUT_WR);
  EXPECT_TRUE(endOfServing().ok());
}

TEST_F(EngineWorkerTest, WhatCannotBeReadEndsIt) {
  start();
  FrameSender sender(near.get());
  sender.buffer() = std::string("\x02\0\0\0\x09x", 6);
  ASSERT_TRUE(sender.flush(Wait::Yes).ok());
  EXPECT_EQ(endOfServing().code(), StatusCode::DataLoss);
}

TEST_F(EngineWorkerTest, IdsMustRise) {
  start();
  submit(2, greedy(60));
  submit(2, greedy(60));
  EXPECT_EQ(endOfServing().toString(),
            "DataLoss: a request's id does not rise");
}

TEST_F(EngineWorkerTest, ProgressIsToldOnceAPercent) {
  EngineWorker worker(far.get());
  for (int i = 0; i <= 10'000; ++i)
    worker.reportProgress(i / 10'000.0);
  worker.reportFailure(Status(StatusCode::NotFound, "no such driver"));
  int numShares = 0;
  for (auto message = next(); message; message = next()) {
    if (std::get_if<ProgressMessage>(&*message)) {
      ++numShares;
      continue;
    }
    EXPECT_EQ(std::get<LoadFailedMessage>(*message).error.message(),
              "no such driver");
    break;
  }
  EXPECT_EQ(numShares, 101);
}

TEST_F(EngineWorkerTest, WhatRunsIsShownAndThatNothingDoes) {
  auto nextView = [&]() -> EngineView {
    for (auto message = next(); message; message = next())
      if (auto *view = std::get_if<ViewMessage>(&*message))
        return std::move(view->view);
    ADD_FAILURE() << "the worker has gone";
    return {};
  };
  GenerationRequest request = greedy(60);
  request.requestId = "req-1";
  submit(1, std::move(request));
  start();
  EngineView busy = nextView();
  ASSERT_EQ(busy.slots.size(), 1u);
  EXPECT_EQ(busy.slots[0].requestId, "req-1");
  EXPECT_GE(busy.pools[0].numUsed, 1);
  EXPECT_GT(busy.residentBytes, 0u);
  EngineView idle = nextView();
  while (!idle.slots.empty())
    idle = nextView();
  EXPECT_EQ(idle.pools[0].numUsed, 0);
}

} // namespace
} // namespace g4rt
