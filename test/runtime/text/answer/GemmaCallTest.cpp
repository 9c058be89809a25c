//===- GemmaCallTest.cpp - Gemma's calls to JSON --------------------------===//

#include "runtime/text/answer/GemmaCall.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

/// Reads calls where a quote token is written as ~. None gives "-".
std::string read(const std::string &text, CallEnd end = CallEnd::None) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == '~')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  std::string out;
  for (const GemmaCall &call : readGemmaCalls(parts, end))
    out += (out.empty() ? "" : " ") + call.name + call.arguments;
  return out.empty() ? "-" : out;
}

TEST(GemmaCallTest, EveryKindOfValueIsRead) {
  EXPECT_EQ(read("call:f{}"), "f{}");
  EXPECT_EQ(read("call:get_weather{days:2,location:~Paris~}"),
            R"(get_weather{"days":2,"location":"Paris"})");
  EXPECT_EQ(read("call:f{a:-1.5e3,b:true,c:false,d:null}"),
            R"(f{"a":-1.5e3,"b":true,"c":false,"d":null})");
  EXPECT_EQ(read("call:f{l:[~a~,1,[],{}],o:{k:~v~}}"),
            R"(f{"l":["a",1,[],{}],"o":{"k":"v"}})");
}

TEST(GemmaCallTest, AStringIsLiteral) {
  EXPECT_EQ(read("call:f{s:~a\"b}\n,{:\\~}"), R"(f{"s":"a\"b}\n,{:\\"})");
  EXPECT_EQ(read("call:f{s:~~}"), R"(f{"s":""})");
}

TEST(GemmaCallTest, WhatEnginesTolerateIsTolerated) {
  EXPECT_EQ(read("f{a:1}"), R"(f{"a":1})");
  EXPECT_EQ(read("call:f{ a : 1 , b : ~x~ } "), R"(f{"a":1,"b":"x"})");
  EXPECT_EQ(read("call:f{~a b~:1,\"c\":\"d\\n\"}"), R"(f{"a b":1,"c":"d\n"})");
  EXPECT_EQ(read("call:f{a:red circle,b:007}"),
            R"(f{"a":"red circle","b":"007"})");
}

TEST(GemmaCallTest, RoundBracketsAreCurlyOnes) {
  EXPECT_EQ(read("call:f(a:~ls -a~)"), R"(f{"a":"ls -a"})");
  EXPECT_EQ(read("call:f(a=~ls~,depth=2)"), R"(f{"a":"ls","depth":2})");
  EXPECT_EQ(read("call:f()"), "f{}");
  EXPECT_EQ(read("call:f({a:1})"), R"(f{"a":1})");
  EXPECT_EQ(read("call:f(a:{b:(1)})"), "-");
}

TEST(GemmaCallTest, TheOpenerMayBeCut) {
  EXPECT_EQ(read(":f{a:1}"), R"(f{"a":1})");
  EXPECT_EQ(read("call: f {a:1}"), R"(f{"a":1})");
  EXPECT_EQ(read("Call::f{a:1}"), R"(f{"a":1})");
  EXPECT_EQ(read("call:google:mcp:text:create-file{}"),
            "google:mcp:text:create-file{}");
}

TEST(GemmaCallTest, QuotesOfJsonAndPythonAreQuotes) {
  EXPECT_EQ(read(R"(call:f{refs:['ds_1'],o:{"mode": "fast"}})"),
            R"(f{"refs":["ds_1"],"o":{"mode":"fast"}})");
  EXPECT_EQ(read("call:f{text:'one, two'}"), R"(f{"text":"one, two"})");
  EXPECT_EQ(read("call:f{'a':'it's \"so\"',b:''}"),
            R"(f{"a":"it's \"so\"","b":""})");
  EXPECT_EQ(read("call:f{n=2,refs=[\"x\"]}"), R"(f{"n":2,"refs":["x"]})");
}

TEST(GemmaCallTest, PythonsWordsAreJsons) {
  EXPECT_EQ(read("call:f{a:True,b:False,c:None,d:[True],e:.5,f:+3}"),
            R"(f{"a":true,"b":false,"c":null,"d":[true],"e":0.5,"f":3})");
}

TEST(GemmaCallTest, ACommaMayLackWhereTheNextKeyIsPlain) {
  EXPECT_EQ(read("call:f{a:~look~angle:90}"), R"(f{"a":"look","angle":90})");
  EXPECT_EQ(read("call:f{a:~x~ ~b~:~y~}"), R"(f{"a":"x","b":"y"})");
  EXPECT_EQ(read("call:f{a:[1]b:{}c:2 d:true\ne:1}"),
            R"(f{"a":[1],"b":{},"c":2,"d":true,"e":1})");
  EXPECT_EQ(read("call:f{a:'x' b:1}"), R"(f{"a":"x","b":1})");
  EXPECT_EQ(read("call:f{l:[~a~~b~,{}{}]}"), R"(f{"l":["a","b",{},{}]})");
}

TEST(GemmaCallTest, ACommaTooManyMeansNothing) {
  EXPECT_EQ(read("call:f{a:[1,],}"), R"(f{"a":[1]})");
}

TEST(GemmaCallTest, SeveralCallsMayShareTheirMarks) {
  EXPECT_EQ(read("call:f{a:1}call:g{}, call:h(b=2)"),
            R"(f{"a":1} g{} h{"b":2})");
  EXPECT_EQ(read("call:f{a:1}g{}"), "-");
}

TEST(GemmaCallTest, ACallMayBeJson) {
  EXPECT_EQ(read(R"({"name": "f", "arguments": {"a": [1, "x"]}})"),
            R"(f{"a":[1,"x"]})");
  EXPECT_EQ(read(R"({"name": "f", "parameters": {}})"), "f{}");
  EXPECT_EQ(read(R"({"name": "f"})"), "-");
  EXPECT_EQ(read(R"({"name": "f", "arguments": "{}"})"), "-");
}

TEST(GemmaCallTest, AClosingBracketMayLackBeforeTheEndMark) {
  for (const char *text : {"call:f{a:1", "call:f(a:1", "call:f({a:1}"})
    EXPECT_EQ(read(text, CallEnd::Mark), R"(f{"a":1})") << text;
  EXPECT_EQ(read("call:f{a:{b:[~x~", CallEnd::Mark), R"(f{"a":{"b":["x"]}})");
  // What comes next may have been lost with it.
  for (const char *text : {"call:f{", "call:f{a", "call:f{a:", "call:f{a:1,",
                           "call:f{a:wor", "call:f{a:~x", "call:f{a:'x"})
    EXPECT_EQ(read(text, CallEnd::Mark), "-") << text;
}

TEST(GemmaCallTest, WhatCouldMeanTwoThingsIsNoCall) {
  for (const char *text :
       {"call:f{a:red b:2}", R"(call:f{a:"he said "hi""})", "call:f{a:'x' y'}",
        "call:f{a:['x' 'y']}", "call:f{a:[b:1]}", "call:f{a:NaN}",
        "call:f{a:-inf}", "call:f{a:x'}", "call:f{a:one, two}",
        "call:f{a:(1,2)}", R"(call:f{a:"\q"})", "call:f{a:[1,,2]}",
        "call:f{a:1;b:2}{", "call:f{a 'b':1}"})
    EXPECT_EQ(read(text, CallEnd::Mark), "-") << text;
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
                           "call:f{,a:1}",
                           "call:f{a:1 b:2~",
                           "call:f{a:~x}",
                           "call:f{a:1}}",
                           "call:f{a:1}x",
                           "call:f{a:1}~x~",
                           "call:f{a:1,a:2}",
                           "call:f g{}",
                           "call:f{a:[1}",
                           "call:f{a:}",
                           "call:f{a:\"x}",
                           "call:f{a:1~b~}",
                           "call:f{a:~b~~c~}"})
    EXPECT_EQ(read(text), "-") << text;
}

TEST(GemmaCallTest, DeepNestingIsRefused) {
  auto nested = [](size_t depth) {
    return "call:f{a:" + std::string(depth, '[') + std::string(depth, ']') +
           "}";
  };
  EXPECT_NE(read(nested(30)), "-");
  EXPECT_EQ(read(nested(100000)), "-");
}

TEST(GemmaCallTest, TheQuoteIsATokenAndNotItsSpelling) {
  TestTokenizer tokenizer(chatTokenizerJson());
  std::vector<int32_t> ids =
      tokenizer->encode("call:f{s:<|\"|>", SpecialTokens::Match);
  for (int32_t id : tokenizer->encode("a<|\"|>b", SpecialTokens::PlainText))
    ids.push_back(id);
  for (int32_t id : tokenizer->encode("<|\"|>}", SpecialTokens::Match))
    ids.push_back(id);
  auto calls =
      readGemmaCalls(ids, *tokenizer, tokenizer->idOf("<|\"|>"), CallEnd::Mark);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].arguments, R"({"s":"a<|\"|>b"})");
}

} // namespace
} // namespace g4rt
