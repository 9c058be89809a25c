#include "test/runtime/http/openai/GuidedStreams.h"

#include "runtime/grammar/GrammarCompiler.h"

#include <gtest/gtest.h>

#ifndef G4_GUIDED_STREAMS
#define G4_GUIDED_STREAMS 200
#endif

namespace g4rt {
namespace {

TEST(GuidedStreamsTest, NoAnswerIsMalformed) {
  if (!hasGrammars())
    GTEST_SKIP() << "built without grammars";
  GuidedCounts counts = runGuidedStreams(1, G4_GUIDED_STREAMS);
  RecordProperty("calls", std::to_string(counts.numCalls));
  std::printf("%d streams: %ld calls, %ld contents, %ld with thoughts, %ld "
              "cut\n",
              G4_GUIDED_STREAMS, counts.numCalls, counts.numContents,
              counts.numThoughts, counts.numCut);
  EXPECT_GT(counts.numCalls, G4_GUIDED_STREAMS / 4);
  EXPECT_GT(counts.numContents, G4_GUIDED_STREAMS / 8);
  EXPECT_GT(counts.numThoughts, G4_GUIDED_STREAMS / 20);
  EXPECT_LT(counts.numCut, G4_GUIDED_STREAMS / 2);
}

} // namespace
} // namespace g4rt
