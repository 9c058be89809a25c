#include "runtime/grammar/CallMatcher.h"

#include <algorithm>
#include <random>
#include <vector>

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

ToolRule tool(const std::string &name, const std::string &arguments) {
  return {.begin = "call:" + name + "{",
          .grammar = "root ::= \"call:" + name + "{\" " + arguments + " \"}\""};
}

class CallMatcherTest : public GrammarCase {
protected:
  CallMatcher matcher(std::vector<ToolRule> tools) {
    std::ranges::sort(tools, {}, &ToolRule::begin);
    return CallMatcher(std::make_shared<CallMatcher::Tools>(std::move(tools)),
                       compiler_);
  }
  std::vector<int32_t> allowedOf(const TokenMask &mask) {
    std::vector<int32_t> ids;
    for (int32_t id = 0; id < tokenizer_->numTokens(); ++id)
      if (mask.allows(id))
        ids.push_back(id);
    return ids;
  }
  /// One grammar with all tools as alternatives.
  std::string grammarOf(const std::vector<ToolRule> &tools) {
    std::string root, rules;
    for (size_t i = 0; i < tools.size(); ++i) {
      std::string name = "t" + std::to_string(i);
      root += (i ? " | " : "") + name;
      rules += name + tools[i].grammar.substr(4) + "\n";
    }
    return "root ::= " + root + "\n" + rules;
  }

  size_t numTokens_ = static_cast<size_t>(tokenizer_->numTokens());
};

TEST_F(CallMatcherTest, TakesWhatOneGrammarOfAllToolsWould) {
  // Names that begin with each other, with tokens that go beyond their ends,
  // and one that cannot be followed by its letters.
  std::vector<ToolRule> tools = {tool("f", "[a-c]*"),
                                 tool("fa", "\"x\""),
                                 tool("get", "\"\""),
                                 tool("get_it", "\"he\"?"),
                                 tool("he", "\"}\"*"),
                                 tool("hé", "\"a\""),
                                 {"", R"(root ::= "cab" | "call:fa")"}};
  auto whole = compiler_.compile(grammarOf(tools));
  ASSERT_TRUE(whole) << whole.error().toString();
  std::mt19937 random(3);
  TokenMask mask(numTokens_), wanted(numTokens_);
  size_t numEnds = 0;
  for (int walk = 0; walk < 200; ++walk) {
    CallMatcher calls = matcher(tools);
    GrammarMatcher reference(*whole);
    std::string text;
    for (int step = 0; step < 24; ++step) {
      calls.fill(mask);
      reference.fill(wanted);
      std::vector<int32_t> ids = allowedOf(wanted);
      ASSERT_EQ(allowedOf(mask), ids) << text;
      ASSERT_EQ(calls.isComplete(), reference.isComplete()) << text;
      numEnds += reference.isComplete();
      if (ids.empty())
        break;
      int32_t id = ids[random() % ids.size()];
      calls.accept(id);
      ASSERT_TRUE(reference.accept(id));
      text += tokenizer_->piece(id);
    }
  }
  EXPECT_GT(numEnds, 50u);
}

TEST_F(CallMatcherTest, AToolThatCannotBeReadIsNone) {
  std::vector<ToolRule> tools = {tool("f", "\"x\""), tool("g", "(")};
  CallMatcher calls = matcher(tools);
  TokenMask mask(numTokens_);
  std::string_view text = "call:g{";
  for (int32_t id : tokenizer_->encode(text, SpecialTokens::Match)) {
    calls.fill(mask);
    if (!mask.allows(id))
      break;
    calls.accept(id);
  }
  calls.fill(mask);
  EXPECT_TRUE(mask.isEmpty());
  EXPECT_FALSE(calls.isComplete());
}

} // namespace
} // namespace g4rt
