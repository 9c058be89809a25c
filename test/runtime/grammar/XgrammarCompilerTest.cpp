#include "runtime/grammar/GrammarCompiler.h"

#include <random>
#include <utility>
#include <vector>

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class XgrammarCompilerTest : public GrammarCase {};

TEST_F(XgrammarCompilerTest, AMaskHasExactlyTheTokensThatCanCome) {
  auto grammar = *compiler_.compile(R"(root ::= "he" [x-z] | "h" Token(50))");
  GrammarMatcher matcher(grammar);
  TokenMask mask(static_cast<size_t>(tokenizer_->numTokens()));
  std::string seen;
  auto allowed = [&] {
    matcher.fill(mask);
    std::string out;
    for (int32_t id = 0; id < tokenizer_->numTokens(); ++id)
      if (mask.allows(id))
        out += std::string(tokenizer_->piece(id)) + " ";
    return out;
  };
  EXPECT_EQ(allowed(), "<0x68> h he ");
  ASSERT_TRUE(matcher.accept(tokenizer_->encode("h", SpecialTokens::Match)[0]));
  EXPECT_EQ(allowed(), "<|tool_response> <0x65> e ");
  EXPECT_FALSE(matcher.accept(5));
  EXPECT_FALSE(matcher.isComplete());
  ASSERT_TRUE(matcher.accept(50));
  EXPECT_TRUE(matcher.isComplete());
  EXPECT_EQ(allowed(), "");
}

TEST_F(XgrammarCompilerTest, AMarkIsNoText) {
  auto grammar = *compiler_.compile("root ::= [^a]*");
  GrammarMatcher matcher(grammar);
  TokenMask mask(static_cast<size_t>(tokenizer_->numTokens()));
  matcher.fill(mask);
  for (int32_t mark : {0, 1, 2, 46, 48, 49, 50, 52, 98, 100, 101, 105, 106})
    EXPECT_FALSE(mask.allows(mark)) << mark;
  EXPECT_TRUE(mask.allows(tokenizer_->encode("b", SpecialTokens::Match)[0]));
}

TEST_F(XgrammarCompilerTest, ACharacterMayComeInBytes) {
  auto grammar = *compiler_.compile("root ::= [é-ü]");
  GrammarMatcher matcher(grammar);
  EXPECT_TRUE(matcher.accept(kChatByteBase + 0xc3));
  EXPECT_FALSE(matcher.accept(kChatByteBase + 0x28));
  EXPECT_TRUE(matcher.accept(kChatByteBase + 0xa9));
  EXPECT_TRUE(matcher.isComplete());
}

/// Grammars whose states differ by what waits further out, by counts, by
/// parallel ways, and by characters that have begun.
constexpr const char *kManyStates[] = {
    R"(root ::= v
v ::= "[" (v ("," v)*)? "]" | "{" (s ":" v ("," s ":" v)*)? "}" | s | "1"
s ::= "\"" [^"\\]* "\"")",
    R"(root ::= ([a-c]{2,5} "-"){1,3} "x"{0,4})",
    R"(root ::= ("ab" | "abc" | a) ("c" | "bc")*
a ::= "a" | "a" a)",
    R"(root ::= ([é-ü] | "€" | [a-z])* "." root | "!")",
    R"g(root ::= "(" root ")" | Token(50) root Token(49) | "")g"};

/// The tokens that a matcher takes after `ids`, one by one.
std::vector<int32_t> takenAfter(std::shared_ptr<const CompiledGrammar> grammar,
                                const std::vector<int32_t> &ids,
                                int32_t numTokens) {
  std::vector<int32_t> taken;
  for (int32_t id = 0; id < numTokens; ++id) {
    GrammarMatcher matcher(grammar);
    for (int32_t before : ids)
      matcher.accept(before);
    if (matcher.accept(id))
      taken.push_back(id);
  }
  return taken;
}

TEST_F(XgrammarCompilerTest, AMaskThatWasKeptIsThatOfBruteForce) {
  std::mt19937 random(7);
  int32_t numTokens = tokenizer_->numTokens();
  TokenMask mask(static_cast<size_t>(numTokens));
  for (const char *text : kManyStates) {
    auto grammar = *compiler_.compile(text);
    for (int walk = 0; walk < 8; ++walk) {
      GrammarMatcher matcher(grammar);
      std::vector<int32_t> ids;
      for (int step = 0; step < 12; ++step) {
        matcher.fill(mask);
        std::vector<int32_t> allowed;
        for (int32_t id = 0; id < numTokens; ++id)
          if (mask.allows(id))
            allowed.push_back(id);
        ASSERT_EQ(allowed, takenAfter(grammar, ids, numTokens))
            << text << " after " << ids.size();
        if (allowed.empty())
          break;
        ids.push_back(allowed[random() % allowed.size()]);
        ASSERT_TRUE(matcher.accept(ids.back()));
      }
    }
  }
}

TEST_F(XgrammarCompilerTest, AGrammarIsCompiledOnce) {
  auto first = *compiler_.compile("root ::= \"a\"");
  EXPECT_EQ(*compiler_.compile("root ::= \"a\""), first);
  auto other = *compiler_.compile("root ::= \"b\"");
  EXPECT_NE(other, first);
  TokenMask mask(static_cast<size_t>(tokenizer_->numTokens()));
  for (const auto &[grammar, letter] :
       {std::pair(first, "a"), std::pair(other, "b"), std::pair(first, "a")}) {
    GrammarMatcher matcher(grammar);
    matcher.fill(mask);
    EXPECT_TRUE(
        mask.allows(tokenizer_->encode(letter, SpecialTokens::Match)[0]));
  }
}

TEST_F(XgrammarCompilerTest, GrammarsBeyondTheLimitAreCompiledAgain) {
  auto first = compiler_.compile("root ::= \"0\"");
  std::weak_ptr<const CompiledGrammar> gone = *first;
  first = Status(StatusCode::Cancelled, "");
  for (int i = 1; i <= 256; ++i)
    ASSERT_TRUE(compiler_.compile("root ::= \"" + std::to_string(i) + "\""));
  EXPECT_TRUE(gone.expired());
  EXPECT_TRUE(compiler_.compile("root ::= \"0\""));
}

TEST_F(XgrammarCompilerTest, WhatIsNoGrammarIsAnErrorAndNoException) {
  for (const char *text : {"", "root", "root ::= ", "root ::= \"a", "a ::= b",
                           "root ::= (", "root ::= x", "root ::= [z-a]"}) {
    EXPECT_EQ(checkGrammar(text).code(), StatusCode::InvalidArgument) << text;
    auto compiled = compiler_.compile(text);
    ASSERT_FALSE(compiled) << text;
    EXPECT_EQ(compiled.error().code(), StatusCode::InvalidArgument);
  }
  EXPECT_FALSE(compiler_.compile("root ::= Token(999999)"));
}

} // namespace
} // namespace g4rt
