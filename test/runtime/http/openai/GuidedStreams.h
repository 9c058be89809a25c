//===- GuidedStreams.h - Random answers under random rules ------*- C++ -*-===//
//
// A model of random logits answers random requests with tools and schemas. What
// must hold of each answer: content and arguments obey their schemas, names are
// declared ones, a stream says what the whole answer says, and no mark is text.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_RUNTIME_HTTP_OPENAI_GUIDEDSTREAMS_H
#define G4_TEST_RUNTIME_HTTP_OPENAI_GUIDEDSTREAMS_H

#include <cstdint>

namespace g4rt {

/// How often each thing was seen, so that the test cannot pass by never seeing
/// it.
struct GuidedCounts {
  int64_t numCalls = 0;
  int64_t numContents = 0; // that obeyed a schema
  int64_t numThoughts = 0;
  int64_t numCut = 0; // by max_tokens
};

/// Runs `count` answers; fails the test that calls it at the first that is
/// wrong.
GuidedCounts runGuidedStreams(uint32_t seed, int count);

} // namespace g4rt

#endif // G4_TEST_RUNTIME_HTTP_OPENAI_GUIDEDSTREAMS_H
