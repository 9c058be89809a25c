#include "runtime/text/answer/StopMatcher.h"

#include "runtime/base/Utf8.h"

#include <gtest/gtest.h>

#include <random>

namespace g4rt {
namespace {

// What comes out after each piece, then "!" if it stopped, else the rest.
std::vector<std::string> outputs(const std::vector<std::string> &stops,
                                 const std::vector<std::string> &pieces) {
  StopMatcher matcher = *StopMatcher::create(stops);
  std::vector<std::string> outs;
  for (const std::string &piece : pieces) {
    outs.emplace_back();
    matcher.append(piece, outs.back());
  }
  outs.emplace_back();
  matcher.flush(outs.back());
  if (matcher.hasStopped())
    outs.back() += "!";
  return outs;
}
using Outs = std::vector<std::string>;

TEST(StopMatcherTest, CutsExactlyAtTheMatch) {
  EXPECT_EQ(outputs({"STOP"}, {"abSTOPcd", "ef"}), (Outs{"ab", "", "!"}));
  EXPECT_EQ(outputs({"STOP"}, {"STOP"}), (Outs{"", "!"}));
}

TEST(StopMatcherTest, HoldsBackWhatCouldBecomeAStop) {
  EXPECT_EQ(outputs({"STOP"}, {"aST", "O", "x"}), (Outs{"a", "", "STOx", ""}));
  EXPECT_EQ(outputs({"STOP"}, {"aST", "O", "Px"}), (Outs{"a", "", "", "!"}));
  EXPECT_EQ(outputs({"\n\n"}, {"a\n", "b\n"}), (Outs{"a", "\nb", "\n"}));
  EXPECT_EQ(outputs({"aab"}, {"aa", "a", "b"}), (Outs{"", "a", "", "!"}));
}

TEST(StopMatcherTest, TheFirstCompleteStopCountsThenTheLongest) {
  EXPECT_EQ(outputs({"abc", "b"}, {"abc"}), (Outs{"a", "!"}));
  EXPECT_EQ(outputs({"b", "ab"}, {"xab"}), (Outs{"x", "!"}));
}

TEST(StopMatcherTest, WithoutStopsNothingIsHeld) {
  EXPECT_EQ(outputs({}, {"a", "b"}), (Outs{"a", "b", ""}));
}

TEST(StopMatcherTest, RefusesStopsBeyondTheLimits) {
  auto messageOf = [](const std::vector<std::string> &stops) {
    Result<StopMatcher> matcher = StopMatcher::create(stops);
    return matcher ? "ok" : matcher.error().message();
  };
  EXPECT_EQ(messageOf(std::vector<std::string>(16384, "a")), "ok");
  EXPECT_EQ(messageOf({"a", ""}), "stop[1]: empty");
  EXPECT_EQ(messageOf({"a", std::string(16384, 'x')}),
            "stop: 16385 bytes in all, at most 16384");
  EXPECT_EQ(messageOf({"\xff"}), "stop[0]: not UTF-8");
}

TEST(StopMatcherTest, AfterAFlushAStopBeginsAnew) {
  StopMatcher matcher = *StopMatcher::create({"STOP"});
  std::string out;
  matcher.append("aST", out);
  matcher.flush(out);
  EXPECT_EQ(out, "aST");
  EXPECT_TRUE(matcher.append("OPSTOP", out));
  EXPECT_EQ(out, "aSTOP");
}

// The first byte where some stop ends, found by looking everywhere.
std::string cutSlowly(const std::vector<std::string> &stops,
                      const std::string &text) {
  for (size_t end = 1; end <= text.size(); ++end) {
    size_t longest = 0;
    for (const std::string &stop : stops)
      if (stop.size() <= end &&
          text.compare(end - stop.size(), stop.size(), stop) == 0)
        longest = std::max(longest, stop.size());
    if (longest > 0)
      return text.substr(0, end - longest);
  }
  return text;
}

TEST(StopMatcherTest, TheCutDoesNotDependOnThePieces) {
  std::mt19937 random(4);
  const char *const kLetters[] = {"a", "b", "é", "漢"};
  auto word = [&](unsigned longest) {
    std::string text;
    for (unsigned n = 1 + random() % longest; n > 0; --n)
      text += kLetters[random() % 4];
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> stops, pieces;
    for (unsigned n = random() % 9; n > 0; --n)
      stops.push_back(word(5));
    std::string text;
    for (unsigned n = random() % 8; n > 0; --n)
      text += pieces.emplace_back(word(4));
    std::string joined;
    for (const std::string &out : outputs(stops, pieces)) {
      EXPECT_TRUE(isUtf8(out));
      joined += out == "!" ? "" : out;
    }
    EXPECT_EQ(joined, cutSlowly(stops, text));
  }
}

} // namespace
} // namespace g4rt
