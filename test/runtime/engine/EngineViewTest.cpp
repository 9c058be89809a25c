//===- EngineViewTest.cpp - What an engine is doing, to be looked at ------===//

#include "runtime/engine/EngineView.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(EngineViewTest, EveryPhaseHasAName) {
  EXPECT_EQ(toString(SlotPhase::Prompt), "prompt");
  EXPECT_EQ(toString(SlotPhase::Thought), "thought");
  EXPECT_EQ(toString(SlotPhase::Answer), "answer");
  EXPECT_EQ(toString(SlotPhase::Call), "call");
}

} // namespace
} // namespace g4rt
