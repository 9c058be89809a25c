//===- GenerationTest.cpp - What comes back -------------------------------===//

#include "runtime/engine/Generation.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(GenerationTest, ContentIsNeitherThoughtNorCall) {
  GenerationEvent event{.pieces = {{AnswerPiece::Kind::Content, "a", {}},
                                   {AnswerPiece::Kind::Thought, "b", {}},
                                   {AnswerPiece::Kind::CutCall, "c", {}},
                                   {AnswerPiece::Kind::Content, "d", {}}}};
  EXPECT_EQ(contentOf(event), "ad");
  EXPECT_EQ(contentOf({}), "");
}

} // namespace
} // namespace g4rt
