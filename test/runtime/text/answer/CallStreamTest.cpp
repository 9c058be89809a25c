//===- CallStreamTest.cpp - Calls told while they are written -------------===//

#include "runtime/text/answer/CallStream.h"

#include "runtime/text/answer/GemmaCall.h"

#include <gtest/gtest.h>

#include <random>

namespace g4rt {
namespace {

/// The call whose quote token is ~, a character at a time: "name arguments".
std::string streamed(std::string_view text) {
  CallStream stream;
  std::string arguments;
  for (char c : text) {
    if (c == '~')
      stream.appendQuote(arguments);
    else
      stream.append({&c, 1}, arguments);
  }
  return stream.name() + " " + arguments;
}

TEST(CallStreamTest, ArgumentsAreTheJsonOfTheCall) {
  EXPECT_EQ(streamed("call:f{}"), "f {}");
  EXPECT_EQ(
      streamed("call:a.b:c{d:1,e:~x \"\\\n~,f:[true,~y~,{}],~g h~:{i:null}}"),
      R"(a.b:c {"d":1,"e":"x \"\\\n","f":[true,"y",{}],"g h":{"i":null}})");
}

TEST(CallStreamTest, TheNameIsKnownAtTheFirstBracket) {
  CallStream stream;
  std::string arguments;
  stream.append("call:get", arguments);
  EXPECT_FALSE(stream.hasName());
  stream.append("_x{", arguments);
  EXPECT_TRUE(stream.hasName());
  EXPECT_EQ(stream.name(), "get_x");
  EXPECT_EQ(arguments, "{");
}

std::string randomValue(std::mt19937 &random, int depth) {
  const char *kScalars[] = {"1",  "-2.5e3",     "true",    "null",
                            "~~", "~a,{}[]:b~", "~\"\\\n~"};
  unsigned kind = random() % (depth > 0 ? 9 : 7);
  if (kind < 7)
    return kScalars[kind];
  std::string out;
  for (unsigned n = random() % 4; n > 0; --n) {
    out += out.empty() ? "" : ",";
    if (kind == 7)
      out += random() % 2 ? "k:" : "~k k~:";
    out += randomValue(random, depth - 1);
    if (kind == 7)
      break; // no key twice
  }
  return kind == 7 ? "{" + out + "}" : "[" + out + "]";
}

// Two readers of one syntax, which share nothing but the escapes of JSON.
TEST(CallStreamTest, ReadsWhatTheReaderOfWholeCallsReads) {
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string text = "call:f{a:" + randomValue(random, 4) +
                       ",b:" + randomValue(random, 4) + "}";
    std::vector<std::string> parts(1);
    for (char c : text) {
      if (c == '~')
        parts.emplace_back();
      else
        parts.back() += c;
    }
    auto calls = readGemmaCalls(parts, CallEnd::Mark);
    ASSERT_EQ(calls.size(), 1u) << text;
    ASSERT_EQ(streamed(text), calls[0].name + " " + calls[0].arguments) << text;
  }
}

} // namespace
} // namespace g4rt
