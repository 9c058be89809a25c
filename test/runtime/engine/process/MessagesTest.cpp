//===- MessagesTest.cpp - Messages there and back -------------------------===//

#include "runtime/engine/process/Messages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>

namespace g4rt {
namespace {

GenerationRequest fullRequest() {
  return {.requestId = "req-1",
          .promptIds = {2, 105, 300000},
          .sampling = {.temperature = 0.7F,
                       .topK = 64,
                       .topP = 0.95F,
                       .minP = 0.01F,
                       .presencePenalty = -1,
                       .frequencyPenalty = 2,
                       .repetitionPenalty = 1.1F,
                       .seed = ~uint64_t{0},
                       .logitBias = {{5, -100}, {6, 3.5F}},
                       .suppressIds = {9, 8},
                       .numTopLogprobs = 20},
          .maxTokens = 77,
          .numPromptLogprobs = 4,
          .isPromptOnly = true,
          .stopIds = {1, 106},
          .stops = {"", "two words", std::string("\0x", 2)},
          .keepsStop = true,
          .minTokens = 5,
          .allowedIds = {4, 3},
          .bannedRows = {{1, 2}, {3}},
          .special = SpecialIds::Show,
          .isChat = true,
          .stopInThought = true,
          .priority = -3,
          .share = {KeyId{12}, 2.5},
          .cacheSalt = "salt",
          .rules = {.content = "root ::= \"x\"",
                    .tools = {{"y", "root ::= \"y\""}, {}},
                    .calls = CallRule::Required,
                    .isOneCall = true,
                    .mayThink = false,
                    .maxThoughtTokens = 7}};
}

StepMessage fullStep() {
  StepMessage message;
  message.status.numRunning = 3;
  message.status.phase = EnginePhase::Failed;
  message.status.lastError = "cuLaunchKernel: CUDA_ERROR_ILLEGAL_ADDRESS";
  message.status.numAnswerTokens = 1ULL << 40;
  message.status.numCutCalls = 4;
  message.status.numUnreadableCalls = 6;
  message.status.stepSeconds = 1.5;
  message.status.readBytes = 3e13;
  message.status.viewSeconds = 0.125;
  message.status.requestLatency.counts.back() = 12;
  message.status.requestLatency.sumSeconds = 99;
  GenerationEvent token{.pieces = {{AnswerPiece::Kind::Thought, "ä", {}},
                                   {AnswerPiece::Kind::Call, "", {"f", "{}"}}},
                        .token = Sample{{7, -0.5F}, {{7, -0.5F}, {8, -2}}}};
  GenerationEvent end{
      .end = GenerationEnd{.reason = FinishReason::Failed,
                           .error = Status(StatusCode::Internal, "why"),
                           .hasCall = true,
                           .usage = {10, 5, 20, 7},
                           .times = {0.1, 0.2, 0.3}}};
  GenerationEvent prompt{
      .prompt = {{.sample = {{9, -1}, {{7, -0.5F}}}, .rank = 3}, {}}};
  message.events = {{GenerationId{4}, token},
                    {GenerationId{5}, end},
                    {GenerationId{3}, prompt}};
  return message;
}

ViewMessage fullView() {
  SlotView slot{.slot = 3,
                .requestId = "req-7",
                .phase = SlotPhase::Call,
                .numPromptTokens = 10,
                .numAnswerTokens = 20,
                .numComputed = 29,
                .maxLength = 64,
                .ageSeconds = 1.5,
                .tokensPerSecond = 40,
                .text = "the end"};
  PoolMap map{.name = "global",
              .pageSize = 16,
              .numPages = 5,
              .numUsed = 4,
              .numShared = 1,
              .pagesPerCell = 4,
              .usedByCell = {4, 0},
              .sharedByCell = {1, 0}};
  return {{.slots = {slot, {}},
           .numSlotsLeftOut = 2,
           .pools = {map, {}},
           .experts = {{.layer = "layers.1", .rows = {7, 1ULL << 40}}, {}},
           .stepsPerExpertCount = 128,
           .residentBytes = 1ULL << 33,
           .weightBytes = 5,
           .cacheBytes = 6,
           .workingBytes = 7,
           .target = "sm90"}};
}

std::vector<ToEngine> allToEngine() {
  return {SubmitMessage{GenerationId{9}, -5, fullRequest()},
          SubmitMessage{},
          CancelMessage{GenerationId{1}},
          CancelAllMessage{},
          SlotMessage{3, {SlotAction::Restore, 2, "mine"}},
          PauseMessage{GenerationId{7}, true},
          EndThoughtMessage{GenerationId{8}}};
}

std::vector<FromEngine> allFromEngine() {
  EngineFacts facts{.limits = {.vocabSize = 262144,
                               .maxChunkTokens = 1024,
                               .pagesPerSlot = 3,
                               .window = 1024,
                               .numWindowPages = 66,
                               .windowPagesPerSlot = 33},
                    .maxModelLength = 4096,
                    .grammarSeconds = 0.5,
                    .target = "sm90",
                    .reason = "the first that fits",
                    .weightBytes = 1ULL << 36,
                    .cacheBytes = 2,
                    .workingBytes = 3};
  Status error(StatusCode::ResourceExhausted, "needs more");
  return {ProgressMessage{0.25},
          ReadyMessage{facts},
          LoadFailedMessage{error},
          fullStep(),
          StepMessage{},
          fullView(),
          ViewMessage{},
          SlotDoneMessage{3, {error, 10, 11, 0.5}}};
}

template <typename Message>
std::string bytesOf(const Message &message) {
  std::string bytes;
  appendFrame(message, bytes);
  return bytes.substr(sizeof(uint32_t));
}

Result<ToEngine> parse(std::string_view bytes, const ToEngine &) {
  return parseToEngine(bytes);
}
Result<FromEngine> parse(std::string_view bytes, const FromEngine &) {
  return parseFromEngine(bytes);
}

// Every field is written, so equal bytes are equal messages.
template <typename Message>
void expectSameBack(const std::vector<Message> &messages) {
  for (const Message &message : messages) {
    std::string bytes = bytesOf(message);
    auto back = parse(bytes, message);
    ASSERT_TRUE(back) << message.index();
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(bytesOf(*back), bytes) << message.index();
  }
}

TEST(MessagesTest, EveryMessageComesBackAsItWas) {
  expectSameBack(allToEngine());
  expectSameBack(allFromEngine());
}

TEST(MessagesTest, NoFieldOfARequestIsLost) {
  auto back = parseToEngine(bytesOf(allToEngine()[0]));
  ASSERT_TRUE(back);
  const auto &submit = std::get<SubmitMessage>(*back);
  GenerationRequest want = fullRequest();
  const GenerationRequest &got = submit.request;
  EXPECT_EQ(submit.submitted, -5);
  EXPECT_EQ(got.requestId, want.requestId);
  EXPECT_EQ(got.promptIds, want.promptIds);
  EXPECT_EQ(got.priority, want.priority);
  EXPECT_EQ(got.share.key, want.share.key);
  EXPECT_EQ(got.share.weight, want.share.weight);
  EXPECT_EQ(got.cacheSalt, want.cacheSalt);
  EXPECT_EQ(got.keepsStop, want.keepsStop);
  EXPECT_EQ(got.minTokens, want.minTokens);
  EXPECT_EQ(got.allowedIds, want.allowedIds);
  EXPECT_EQ(got.bannedRows, want.bannedRows);
  EXPECT_EQ(got.sampling.temperature, want.sampling.temperature);
  EXPECT_EQ(got.sampling.topK, want.sampling.topK);
  EXPECT_EQ(got.sampling.topP, want.sampling.topP);
  EXPECT_EQ(got.sampling.minP, want.sampling.minP);
  EXPECT_EQ(got.sampling.presencePenalty, want.sampling.presencePenalty);
  EXPECT_EQ(got.sampling.frequencyPenalty, want.sampling.frequencyPenalty);
  EXPECT_EQ(got.sampling.repetitionPenalty, want.sampling.repetitionPenalty);
  EXPECT_EQ(got.sampling.seed, want.sampling.seed);
  ASSERT_EQ(got.sampling.logitBias.size(), 2u);
  EXPECT_EQ(got.sampling.logitBias[1].id, 6);
  EXPECT_EQ(got.sampling.logitBias[1].bias, 3.5F);
  EXPECT_EQ(got.sampling.suppressIds, want.sampling.suppressIds);
  EXPECT_EQ(got.sampling.numTopLogprobs, 20);
  EXPECT_EQ(got.maxTokens, 77);
  EXPECT_EQ(got.numPromptLogprobs, 4);
  EXPECT_TRUE(got.isPromptOnly);
  EXPECT_EQ(got.stopIds, want.stopIds);
  EXPECT_EQ(got.stops, want.stops);
  EXPECT_EQ(got.special, SpecialIds::Show);
  EXPECT_TRUE(got.isChat);
  EXPECT_TRUE(got.stopInThought);
  EXPECT_EQ(got.rules.content, want.rules.content);
  ASSERT_EQ(got.rules.tools.size(), 2u);
  EXPECT_EQ(got.rules.tools[0].begin, "y");
  EXPECT_EQ(got.rules.tools[0].grammar, "root ::= \"y\"");
  EXPECT_EQ(got.rules.calls, CallRule::Required);
  EXPECT_TRUE(got.rules.isOneCall);
  EXPECT_FALSE(got.rules.mayThink);
  EXPECT_EQ(got.rules.maxThoughtTokens, 7);
}

TEST(MessagesTest, NoFieldOfAnEventIsLost) {
  auto back = parseFromEngine(bytesOf(FromEngine(fullStep())));
  ASSERT_TRUE(back);
  const auto &step = std::get<StepMessage>(*back);
  EXPECT_EQ(step.status.lastError, fullStep().status.lastError);
  EXPECT_EQ(step.status.phase, EnginePhase::Failed);
  EXPECT_EQ(step.status.numAnswerTokens, 1ULL << 40);
  EXPECT_EQ(step.status.numCutCalls, 4u);
  EXPECT_EQ(step.status.numUnreadableCalls, 6u);
  EXPECT_EQ(step.status.requestLatency.counts.back(), 12u);
  ASSERT_EQ(step.events.size(), 3u);
  EXPECT_EQ(step.events[0].event.pieces, fullStep().events[0].event.pieces);
  ASSERT_TRUE(step.events[0].event.token);
  EXPECT_EQ(step.events[0].event.token->top[1].id, 8);
  EXPECT_FALSE(step.events[0].event.end);
  ASSERT_TRUE(step.events[1].event.end);
  EXPECT_EQ(step.events[1].event.end->error.toString(), "Internal: why");
  EXPECT_EQ(step.events[1].event.end->usage.numAnswerTokens, 20);
  EXPECT_EQ(step.events[1].event.end->usage.numThoughtTokens, 7);
  EXPECT_TRUE(step.events[1].event.end->hasCall);
  EXPECT_FALSE(step.events[1].event.end->hasCutCall);
  EXPECT_EQ(step.events[1].event.end->times.total, 0.3);
  const std::vector<PromptToken> &prompt = step.events[2].event.prompt;
  ASSERT_EQ(prompt.size(), 2u);
  EXPECT_EQ(prompt[0].sample.token.id, 9);
  EXPECT_EQ(prompt[0].sample.top.at(0).logprob, -0.5F);
  EXPECT_EQ(prompt[0].rank, 3);
}

template <typename Message>
void expectCutsRefused(const std::vector<Message> &messages) {
  for (const Message &message : messages) {
    std::string bytes = bytesOf(message);
    for (size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(parse(bytes.substr(0, size), message)) << size;
    EXPECT_FALSE(parse(bytes + "x", message));
  }
}

TEST(MessagesTest, NoFieldOfAViewIsLost) {
  auto back = parseFromEngine(bytesOf(FromEngine(fullView())));
  ASSERT_TRUE(back);
  const EngineView &got = std::get<ViewMessage>(*back).view;
  ASSERT_EQ(got.slots.size(), 2u);
  const SlotView &slot = got.slots[0];
  EXPECT_EQ(slot.slot, 3);
  EXPECT_EQ(slot.requestId, "req-7");
  EXPECT_EQ(slot.phase, SlotPhase::Call);
  EXPECT_EQ(slot.numPromptTokens, 10);
  EXPECT_EQ(slot.numAnswerTokens, 20);
  EXPECT_EQ(slot.numComputed, 29);
  EXPECT_EQ(slot.maxLength, 64);
  EXPECT_EQ(slot.ageSeconds, 1.5);
  EXPECT_EQ(slot.tokensPerSecond, 40);
  EXPECT_EQ(slot.text, "the end");
  EXPECT_EQ(got.numSlotsLeftOut, 2);
  EXPECT_EQ(got.experts, fullView().view.experts);
  EXPECT_EQ(got.stepsPerExpertCount, 128);
  ASSERT_EQ(got.pools.size(), 2u);
  const PoolMap &map = got.pools[0];
  EXPECT_EQ(map.name, "global");
  EXPECT_EQ(map.pageSize, 16);
  EXPECT_EQ(map.numPages, 5);
  EXPECT_EQ(map.numUsed, 4);
  EXPECT_EQ(map.numShared, 1);
  EXPECT_EQ(map.pagesPerCell, 4);
  EXPECT_EQ(map.usedByCell, (std::vector<int32_t>{4, 0}));
  EXPECT_EQ(map.sharedByCell, (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(got.residentBytes, 1ULL << 33);
  EXPECT_EQ(got.weightBytes, 5u);
  EXPECT_EQ(got.cacheBytes, 6u);
  EXPECT_EQ(got.workingBytes, 7u);
  EXPECT_EQ(got.target, "sm90");
}

TEST(MessagesTest, WhatIsCutOrTooLongIsRefused) {
  expectCutsRefused(allToEngine());
  expectCutsRefused(allFromEngine());
}

TEST(MessagesTest, AnUnknownKindIsRefused) {
  EXPECT_FALSE(parseToEngine("\x03"));
  EXPECT_FALSE(parseToEngine("\xff"));
  EXPECT_FALSE(parseFromEngine("\x05"));
}

// A length is believed only as far as bytes follow it.
TEST(MessagesTest, AListCannotBeLongerThanItsBytes) {
  std::string bytes = bytesOf(allToEngine()[1]);
  uint32_t huge = std::numeric_limits<uint32_t>::max();
  std::memcpy(bytes.data() + 1 + 8 + 8, &huge, sizeof(huge)); // promptIds
  EXPECT_FALSE(parseToEngine(bytes));
}

TEST(MessagesTest, AFailureHasAnErrorAndNothingElseHasOne) {
  StepMessage step = fullStep();
  step.events[1].event.end->reason = FinishReason::Stop;
  EXPECT_FALSE(parseFromEngine(bytesOf(FromEngine(step))));
  step.events[1].event.end->reason = FinishReason::Failed;
  step.events[1].event.end->error = Status();
  EXPECT_FALSE(parseFromEngine(bytesOf(FromEngine(step))));
  EXPECT_FALSE(parseFromEngine(bytesOf(FromEngine(LoadFailedMessage{}))));
}

// It could not be written again as it was read.
TEST(MessagesTest, ASuccessThatSaysWhyItFailedIsRefused) {
  std::string bytes = bytesOf(FromEngine(SlotDoneMessage{3, {Status()}}));
  ASSERT_TRUE(parseFromEngine(bytes));
  bytes.replace(1 + sizeof(uint64_t) + 1, sizeof(uint32_t),
                std::string("\4\0\0\0why?", 8));
  EXPECT_FALSE(parseFromEngine(bytes));
}

// What is read after a change can be written again: nothing else is promised.
template <typename Message>
int numReadAfterChanges(const std::vector<Message> &messages) {
  std::mt19937 random(1);
  int numRead = 0;
  for (const Message &message : messages)
    for (int round = 0; round < 3000; ++round) {
      std::string bytes = bytesOf(message);
      for (unsigned changes = random() % 4 + 1; changes > 0; --changes)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      auto read = parse(bytes, message);
      if (!read)
        continue;
      EXPECT_EQ(bytesOf(*read).size(), bytes.size());
      ++numRead;
    }
  return numRead;
}

TEST(MessagesTest, ChangedBytesAreReadOrRefused) {
  EXPECT_GT(numReadAfterChanges(allToEngine()), 0);
  EXPECT_GT(numReadAfterChanges(allFromEngine()), 0);
}

} // namespace
} // namespace g4rt
