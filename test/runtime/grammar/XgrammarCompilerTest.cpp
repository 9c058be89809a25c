#include "runtime/grammar/GrammarCompiler.h"

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
