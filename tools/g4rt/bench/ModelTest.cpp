//===- ModelTest.cpp - A line of a model's benchmark ----------------------===//

#include "tools/g4rt/bench/ModelTest.h"

#include "tools/g4rt/bench/Statistics.h"

namespace g4rt {

std::string ModelTest::name() const {
  std::string text =
      (kind == Kind::Prompt ? "pp" : "tg") + std::to_string(numTokens);
  if (numSessions > 1)
    text += " x" + std::to_string(numSessions);
  if (depth > 0)
    text += " @ d" + std::to_string(depth);
  return text;
}

std::vector<ModelTest> ModelTestLists::tests() const {
  std::vector<ModelTest> tests;
  for (int64_t depth : depths) {
    for (int64_t prompt : prompts)
      if (prompt > 0)
        tests.push_back({ModelTest::Kind::Prompt, prompt, depth, 1});
    for (int64_t answer : answers)
      for (int64_t count : sessions)
        if (answer > 0)
          tests.push_back({ModelTest::Kind::Generate, answer, depth, count});
  }
  return tests;
}

std::vector<double> ModelTestResult::rates() const {
  std::vector<double> rates;
  for (double time : seconds)
    rates.push_back(static_cast<double>(test.totalTokens()) / time);
  return rates;
}

double ModelTestResult::meanSeconds() const { return meanOf(seconds); }

} // namespace g4rt
