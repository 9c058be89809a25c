//===- AnswerErrorsTest.cpp - What a client is told of a failed answer ----===//

#include "runtime/http/openai/AnswerErrors.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

GenerationEnd failed(StatusCode code) {
  return {.reason = FinishReason::Failed, .error = Status(code, "why")};
}

TEST(AnswerErrorsTest, AnAnswerThatEndedByItselfIsNoFailure) {
  EXPECT_FALSE(isFailure({.reason = FinishReason::Stop}));
  EXPECT_FALSE(isFailure({.reason = FinishReason::Length}));
  EXPECT_TRUE(isFailure({.reason = FinishReason::Cancelled}));
  EXPECT_TRUE(isFailure(failed(StatusCode::Internal)));
}

TEST(AnswerErrorsTest, EachCauseHasItsCode) {
  EXPECT_EQ(errorOfEnd({.reason = FinishReason::Cancelled}).code(), "draining");
  EXPECT_EQ(errorOfEnd(failed(StatusCode::Unavailable)).code(), "engine_lost");
  EXPECT_EQ(errorOfEnd(failed(StatusCode::ResourceExhausted)).code(),
            "internal_error");
  EXPECT_EQ(errorOfEnd(failed(StatusCode::InvalidArgument)).code(),
            "invalid_value");
}

} // namespace
} // namespace g4rt
