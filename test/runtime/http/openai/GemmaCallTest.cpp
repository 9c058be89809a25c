//===- GemmaCallTest.cpp - Gemma's calls to JSON --------------------------===//

#include "runtime/http/openai/GemmaCall.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

/// Reads a call where a quote token is written as '. None gives "-".
std::string read(const std::string &text) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == '\'')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  auto call = readGemmaCall(parts);
  return call ? call->name + call->arguments : "-";
}

TEST(GemmaCallTest, EveryKindOfValueIsRead) {
  EXPECT_EQ(read("call:f{}"), "f{}");
  EXPECT_EQ(read("call:get_weather{days:2,location:'Paris'}"),
            R"(get_weather{"days":2,"location":"Paris"})");
  EXPECT_EQ(read("call:f{a:-1.5e3,b:true,c:false,d:null}"),
            R"(f{"a":-1.5e3,"b":true,"c":false,"d":null})");
  EXPECT_EQ(read("call:f{l:['a',1,[],{}],o:{k:'v'}}"),
            R"(f{"l":["a",1,[],{}],"o":{"k":"v"}})");
}

TEST(GemmaCallTest, AStringIsLiteral) {
  EXPECT_EQ(read("call:f{s:'a\"b}\n,{:\\'}"), R"(f{"s":"a\"b}\n,{:\\"})");
  EXPECT_EQ(read("call:f{s:''}"), R"(f{"s":""})");
}

TEST(GemmaCallTest, WhatEnginesTolerateIsTolerated) {
  EXPECT_EQ(read("f{a:1}"), R"(f{"a":1})");
  EXPECT_EQ(read("call:f{ a : 1 , b : 'x' } "), R"(f{"a":1,"b":"x"})");
  EXPECT_EQ(read("call:f{'a b':1,\"c\":\"d\\n\"}"), R"(f{"a b":1,"c":"d\n"})");
  EXPECT_EQ(read("call:f{a:red circle,b:007}"),
            R"(f{"a":"red circle","b":"007"})");
}

TEST(GemmaCallTest, WhatIsNoCallGivesNone) {
  for (const char *text : {"",
                           "call:",
                           "call:f",
                           "call:{}",
                           "call:f{",
                           "call:f{a",
                           "call:f{a:",
                           "call:f{a:1",
                           "call:f{a:1,}",
                           "call:f{,a:1}",
                           "call:f{a:1 b:2'",
                           "call:f{a:'x}",
                           "call:f{a:1}}",
                           "call:f{a:1}x",
                           "call:f{a:1}'x'",
                           "call:f{a:1,a:2}",
                           "call:f g{}",
                           "call:f{a:[1}",
                           "call:f{a:}",
                           "call:f{a:\"x}",
                           "call:f{a:1'b'}",
                           "call:f{a:'b''c'}"})
    EXPECT_EQ(read(text), "-") << text;
}

TEST(GemmaCallTest, DeepNestingIsRefused) {
  auto nested = [](size_t depth) {
    return "call:f{a:" + std::string(depth, '[') + std::string(depth, ']') +
           "}";
  };
  EXPECT_NE(read(nested(30)), "-");
  EXPECT_EQ(read(nested(100'000)), "-");
}

TEST(GemmaCallTest, TheQuoteIsATokenAndNotItsSpelling) {
  TestTokenizer tokenizer(chatTokenizerJson());
  std::vector<int32_t> ids =
      tokenizer->encode("call:f{s:<|\"|>", SpecialTokens::Match);
  for (int32_t id : tokenizer->encode("a<|\"|>b", SpecialTokens::PlainText))
    ids.push_back(id);
  for (int32_t id : tokenizer->encode("<|\"|>}", SpecialTokens::Match))
    ids.push_back(id);
  auto call = readGemmaCall(ids, *tokenizer, tokenizer->idOf("<|\"|>"));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->arguments, R"({"s":"a<|\"|>b"})");
}

} // namespace
} // namespace g4rt
