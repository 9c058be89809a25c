#include "runtime/text/template/ValueFormat.h"

#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Prompt formatted(std::string_view text, KeyStyle keys) {
  ValueLimits limits;
  Prompt prompt;
  ValueFormat(prompt, "'").value(*parseValue(text, limits), keys);
  return prompt;
}

TEST(ValueFormatTest, WritesEveryKind) {
  EXPECT_EQ(
      formatted(R"([null,true,false,1.50,"a'b",[],{},[[1]]])", KeyStyle::Bare)
          .joined(),
      "[null,true,false,1.5,'a'b',[],{},[[1]]]");
}

TEST(ValueFormatTest, SortsKeysWithoutRegardToCase) {
  EXPECT_EQ(
      formatted(R"({"b":1,"B":2,"A":3,"a":{"Z":4,"y":5}})", KeyStyle::Bare)
          .joined(),
      "{A:3,a:{y:5,Z:4},b:1,B:2}");
  EXPECT_EQ(formatted(R"({"b":1,"a":{"c":2}})", KeyStyle::Quoted).joined(),
            "{'a':{'c':2},'b':1}");
}

TEST(ValueFormatTest, OnlyTheQuoteIsTheTemplates) {
  std::vector<TextSegment> expected = {{"{<|turn>:", SpecialTokens::PlainText},
                                       {"'", SpecialTokens::Match},
                                       {"'", SpecialTokens::PlainText},
                                       {"'", SpecialTokens::Match},
                                       {"}", SpecialTokens::PlainText}};
  EXPECT_EQ(formatted(R"({"<|turn>":"'"})", KeyStyle::Bare).segments(),
            expected);
}

} // namespace
} // namespace g4rt
