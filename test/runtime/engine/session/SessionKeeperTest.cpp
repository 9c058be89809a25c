//===- SessionKeeperTest.cpp - Pages between the pools and files ----------===//

#include "runtime/engine/session/SessionKeeper.h"

#include "runtime/engine/StepLoop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <tuple>

#include "test/support/FakeExecutor.h"
#include "test/support/TempFolder.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

using testing::IsEmpty;

constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                    .maxStepTokens = 16,
                                    .maxChunkTokens = 16,
                                    .maxStepOutputs = 8,
                                    .numSlots = 4,
                                    .pageSize = 4,
                                    .numPages = 64,
                                    .pagesPerSlot = 16,
                                    .window = 6,
                                    .numWindowPages = 28,
                                    .windowPagesPerSlot = 7};

/// An engine that begins with the files that the one before it left.
class Life {
public:
  explicit Life(const std::string &folder, ExecutorLimits limits = kLimits)
      : executor(limits),
        loop(executor, [] { return Answer::Time(); }, {}, open(folder)) {}

  /// What is in memory is written. A life that ends without it was killed.
  void save() {
    while (loop.saveSome())
      ;
    store->waitUntilIdle();
  }
  /// The answer's tokens.
  std::vector<int32_t> ask(std::vector<int32_t> prompt,
                           const std::string &salt = "") {
    std::vector<int32_t> tokens;
    auto sink = [&](GenerationEvent event) {
      if (event.token)
        tokens.push_back(event.token->token.id);
      if (event.end)
        end = *event.end;
    };
    loop.add({.id = GenerationId{++lastId},
              .answer = *Answer::create({.promptIds = std::move(prompt),
                                         .sampling = {.temperature = 0},
                                         .maxTokens = 12,
                                         .cacheSalt = salt},
                                        *tokenizer, {}),
              .sink = sink});
    while (loop.hasWork()) {
      loop.planStep();
      store->waitUntilIdle();
      loop.runStep();
      for (Delivery &delivery : loop.takeDeliveries())
        (*delivery.sink)(std::move(delivery.event));
    }
    EXPECT_THAT(executor.problems(), IsEmpty());
    return tokens;
  }

  FakeExecutor executor;
  SessionStore *store = nullptr;
  StepLoop loop;
  GenerationEnd end; // of the last answer

private:
  std::unique_ptr<SessionStore> open(const std::string &folder) {
    auto opened = SessionStore::open({.folder = folder},
                                     sessionFormatOf(executor, "fake"));
    EXPECT_TRUE(opened);
    store = opened->get();
    return *std::move(opened);
  }

  TestTokenizer tokenizer{tinyTokenizerJson()};
  uint64_t lastId = 0;
};

std::vector<int32_t> prompt(int32_t seed, int32_t size) {
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < size; ++i)
    tokens.push_back((seed * 31 + i * 7) % 300);
  return tokens;
}

class SessionKeeperTest : public testing::Test {
protected:
  /// What a command came to.
  static SlotReport run(Life &life, SlotAction action, int64_t slot,
                        const std::string &file = "") {
    std::optional<SlotReport> report;
    life.loop.run({action, slot, file},
                  [&](SlotReport done) { report = std::move(done); });
    life.store->waitUntilIdle();
    life.loop.planStep();
    EXPECT_TRUE(report);
    EXPECT_FALSE(life.loop.hasCommands());
    return report.value_or(SlotReport());
  }

  TempFolder folder;
  std::string sessions = folder.path("sessions");
};

TEST_F(SessionKeeperTest, ARestartedEngineComputesTheLastTokenOfAKnownPrompt) {
  std::vector<int32_t> answer;
  {
    Life life(sessions);
    answer = life.ask(prompt(1, 39));
    life.save();
  }
  Life life(sessions);
  EXPECT_EQ(life.ask(prompt(1, 39)), answer);
  EXPECT_EQ(life.end.usage.numCachedTokens, 38);
  EXPECT_EQ(life.loop.status().numPromptTokens, 1u);
  EXPECT_EQ(life.loop.status().numRestoredTokens, 38u);
}

TEST_F(SessionKeeperTest, ChatsGoOnAfterARestartWhereTheyWere) {
  std::vector<std::vector<int32_t>> chats;
  {
    Life life(sessions);
    for (int32_t i = 0; i < 10; ++i) {
      std::vector<int32_t> chat = prompt(i, 9 + i);
      for (int32_t id : life.ask(chat))
        chat.push_back(id);
      chats.push_back(std::move(chat));
    }
    life.save();
  }
  Life restarted(sessions), fresh(folder.path("none"));
  for (std::vector<int32_t> &chat : chats) {
    // The last token of an answer is chosen and not computed.
    int64_t numKnown = std::ssize(chat) - 1;
    chat.insert(chat.end(), {5, 6, 7});
    EXPECT_EQ(restarted.ask(chat), fresh.ask(chat));
    EXPECT_EQ(restarted.end.usage.numCachedTokens, numKnown);
  }
  EXPECT_EQ(restarted.loop.status().numPromptTokens, 10u * 4);
}

TEST_F(SessionKeeperTest, WhatIsRestoredIsNotWrittenAgain) {
  {
    Life life(sessions);
    life.ask(prompt(1, 39));
    life.save();
  }
  Life life(sessions);
  int64_t numFiles = life.loop.status().numSessionFiles;
  life.ask(prompt(1, 39));
  life.save();
  EXPECT_EQ(life.loop.status().numSessionFiles, numFiles);
}

TEST_F(SessionKeeperTest, AnEngineThatIsKilledLeavesWhatItHadWritten) {
  {
    Life life(sessions);
    life.ask(prompt(1, 39)); // a file a step, and no save()
  }
  Life life(sessions);
  life.ask(prompt(1, 39));
  EXPECT_GT(life.end.usage.numCachedTokens, 0);
}

// Of what the pool had to give up the files still know.
TEST_F(SessionKeeperTest, WhatThePoolGaveUpComesBackFromFiles) {
  ExecutorLimits small = kLimits;
  small.numPages = 16;
  Life life(sessions, small);
  std::vector<int32_t> first = life.ask(prompt(1, 39));
  life.save();
  for (int32_t i = 2; i < 6; ++i) {
    life.ask(prompt(i, 39));
    life.save();
  }
  EXPECT_GT(life.loop.status().numPrefixEvictions, 0u);
  EXPECT_EQ(life.ask(prompt(1, 39)), first);
  EXPECT_EQ(life.end.usage.numCachedTokens, 38);
}

TEST_F(SessionKeeperTest, SaltsShareNothing) {
  {
    Life life(sessions);
    life.ask(prompt(1, 39), "a");
    life.save();
  }
  Life life(sessions);
  life.ask(prompt(1, 39), "b");
  EXPECT_EQ(life.end.usage.numCachedTokens, 0);
  life.ask(prompt(1, 39), "a");
  EXPECT_EQ(life.end.usage.numCachedTokens, 38);
}

TEST_F(SessionKeeperTest, AnAnswerThatIsCancelledWhileItsFilesAreReadEnds) {
  {
    Life life(sessions);
    life.ask(prompt(1, 39));
    life.save();
  }
  Life life(sessions);
  TestTokenizer tokenizer(tinyTokenizerJson());
  bool hasEnded = false;
  life.loop.add(
      {.id = GenerationId{1},
       .answer = *Answer::create({.promptIds = prompt(1, 39), .maxTokens = 3},
                                 *tokenizer, {}),
       .sink = [&](const GenerationEvent &event) {
         hasEnded = event.end.has_value();
       }});
  life.loop.planStep();
  life.loop.cancel(GenerationId{1});
  life.store->waitUntilIdle();
  for (Delivery &delivery : life.loop.takeDeliveries())
    (*delivery.sink)(std::move(delivery.event));
  life.loop.planStep();
  EXPECT_TRUE(hasEnded);
  EXPECT_EQ(life.loop.status().numPagesUsed, 0);
  EXPECT_EQ(life.loop.status().numWindowPagesUsed, 0);
}

TEST_F(SessionKeeperTest, ASlotIsSavedByNameAndRestoredByAnotherEngine) {
  std::vector<int32_t> answer;
  {
    Life life(sessions);
    answer = life.ask(prompt(1, 39));
    SlotReport saved = run(life, SlotAction::Save, 0, "mine");
    EXPECT_TRUE(saved.error.ok()) << saved.error.message();
    EXPECT_EQ(saved.numTokens, 39 + 11);
  }
  // Alone, without the files that the engine wrote by itself.
  std::filesystem::create_directory(folder.path("other"));
  std::filesystem::copy_file(sessions + "/mine", folder.path("other/mine"));
  Life life(folder.path("other"));
  SlotReport restored = run(life, SlotAction::Restore, 2, "mine");
  EXPECT_TRUE(restored.error.ok()) << restored.error.message();
  EXPECT_EQ(restored.numTokens, 39 + 11);
  EXPECT_GT(restored.bytes, 0u);
  // The next turn: the window is that of the end.
  std::vector<int32_t> chat = prompt(1, 39);
  chat.insert(chat.end(), answer.begin(), answer.end());
  chat.push_back(7);
  Life fresh(folder.path("none"));
  EXPECT_EQ(life.ask(chat), fresh.ask(chat));
  EXPECT_EQ(life.end.usage.numCachedTokens, 39 + 11);
}

TEST_F(SessionKeeperTest, AnErasedSlotHasNothingToSave) {
  Life life(sessions);
  life.ask(prompt(1, 9));
  EXPECT_EQ(run(life, SlotAction::Erase, 0).numTokens, 9 + 11);
  EXPECT_EQ(run(life, SlotAction::Save, 0, "mine").error.code(),
            StatusCode::InvalidArgument);
  EXPECT_EQ(run(life, SlotAction::Erase, 0).numTokens, 0);
}

TEST_F(SessionKeeperTest, CommandsThatCannotBeAreRefused) {
  Life life(sessions);
  life.ask(prompt(1, 9));
  for (auto [action, slot, file] : {std::tuple(SlotAction::Save, -1, "a"),
                                    {SlotAction::Save, 4, "a"},
                                    {SlotAction::Save, 1, "a"},
                                    {SlotAction::Save, 0, "../a"},
                                    {SlotAction::Restore, 0, "../a"},
                                    {SlotAction::Erase, 4, ""}})
    EXPECT_EQ(run(life, action, slot, file).error.code(),
              StatusCode::InvalidArgument);
  EXPECT_EQ(run(life, SlotAction::Restore, 0, "none").error.code(),
            StatusCode::NotFound);
}

TEST_F(SessionKeeperTest, PagesThatCannotBeReadLoseTheDevice) {
  class Lost : public FakeExecutor {
  public:
    using FakeExecutor::FakeExecutor;
    Status readPage(PageKind, int32_t, std::span<std::byte>) override {
      return Status(StatusCode::Unavailable, "gone");
    }
  } lost(kLimits);
  auto store =
      SessionStore::open({.folder = sessions}, sessionFormatOf(lost, "fake"));
  ASSERT_TRUE(store);
  TestTokenizer tokenizer(tinyTokenizerJson());
  StepLoop loop(lost, [] { return Answer::Time(); }, {}, *std::move(store));
  loop.add({.id = GenerationId{1},
            .answer = *Answer::create(
                {.promptIds = prompt(1, 9), .maxTokens = 3}, *tokenizer, {}),
            .sink = [](const GenerationEvent &) {}});
  loop.planStep();
  loop.runStep();
  EXPECT_FALSE(loop.hasWork());
  EXPECT_EQ(loop.status().lastError, "gone");
}

} // namespace
} // namespace g4rt
