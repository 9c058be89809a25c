#include "runtime/engine/RequestCheck.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace g4rt {
namespace {

constexpr RequestLimits kLimits = {.vocabSize = 300, .maxLength = 16};

GenerationRequest withPrompt(size_t numTokens) {
  return {.promptIds = std::vector<int32_t>(numTokens, 20)};
}

std::string messageFor(const GenerationRequest &request) {
  Status status = checkRequest(request, kLimits);
  return status.ok() ? "ok" : status.toString();
}

TEST(RequestCheckTest, APromptLeavesRoomForOneToken) {
  EXPECT_EQ(messageFor(withPrompt(1)), "ok");
  EXPECT_EQ(messageFor(withPrompt(15)), "ok");
  EXPECT_EQ(messageFor(withPrompt(16)),
            "InvalidArgument: context_length_exceeded: this model's maximum "
            "context length is 16 tokens, but the prompt has 16 tokens and an "
            "answer needs room: this exceeds the available context size, "
            "please reduce the length of the messages");
}

TEST(RequestCheckTest, NothingFitsIntoNothing) {
  Status status = checkRequest(withPrompt(1), {.vocabSize = 300});
  EXPECT_EQ(status.message().find("context_length_exceeded: "), 0u);
}

TEST(RequestCheckTest, NamesTheWrongField) {
  EXPECT_EQ(messageFor({}),
            "InvalidArgument: the prompt has no tokens, needs at least 1");
  EXPECT_EQ(messageFor({.promptIds = {1, 300}}),
            "InvalidArgument: prompt[1]: token 300, needs 0 to 299");
  EXPECT_EQ(messageFor({.promptIds = {-1}}),
            "InvalidArgument: prompt[0]: token -1, needs 0 to 299");
  EXPECT_EQ(messageFor({.promptIds = {1}, .maxTokens = -1}),
            "InvalidArgument: max_tokens: -1, needs at least 0");
  EXPECT_EQ(messageFor({.promptIds = {1}, .sampling = {.minP = 2}})
                .find("InvalidArgument: min_p"),
            0u);
}

TEST(RequestCheckTest, AWeightIsANumberThatDividesWell) {
  for (double weight : {0.001, 1.0, 1000.0})
    EXPECT_EQ(messageFor({.promptIds = {1}, .share = {.weight = weight}}),
              "ok");
  for (double weight : {0.0, -1.0, 1e-9, 1e9, std::nan("")})
    EXPECT_EQ(messageFor({.promptIds = {1}, .share = {.weight = weight}})
                  .find("InvalidArgument: weight: "),
              0u);
}

TEST(RequestCheckTest, TheAnswerIsCutToTheRoomThatIsLeft) {
  GenerationRequest request = withPrompt(10);
  EXPECT_EQ(answerRoom(request, kLimits), 6);
  request.maxTokens = 5;
  EXPECT_EQ(answerRoom(request, kLimits), 5);
  request.maxTokens = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(answerRoom(request, kLimits), 6);
}

} // namespace
} // namespace g4rt
