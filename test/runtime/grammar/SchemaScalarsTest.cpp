#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class SchemaScalarsTest : public GrammarCase {};

TEST_F(SchemaScalarsTest, NumbersHaveBounds) {
  check(R"({"type":"integer"})", {"0", "-5", "12345678901234567890"},
        {"1.5", "01", "-", "1e3"});
  check(R"({"type":"number"})", {"0", "-1.5", "1e5", "2.50E-3"},
        {".5", "1.", "+1", "NaN"});
  check(R"({"type":"integer","minimum":-3,"exclusiveMaximum":12})",
        {"-3", "0", "9", "11"}, {"-4", "12", "100", "-10"});
  check(R"({"type":"number","exclusiveMinimum":0.25,"maximum":1.5})",
        {"0.26", "0.2500001", "1", "1.5", "1.4999", "1.50"},
        {"0.25", "0.2", "1.51", "2", "-1", "0"});
}

TEST_F(SchemaScalarsTest, MultiplesAreCounted) {
  check(R"({"type":"integer","multipleOf":7})", {"0", "7", "-14", "7007"},
        {"1", "8", "-1"});
  check(R"({"type":"integer","multipleOf":5,"minimum":-5,"maximum":12})",
        {"-5", "0", "5", "10"}, {"15", "-10", "3"});
  EXPECT_EQ(refusal(R"({"type":"number","multipleOf":0.1})"),
            "Unimplemented: schema.multipleOf: supported are whole numbers to "
            "100");
}

TEST_F(SchemaScalarsTest, StringsHaveLengths) {
  check(R"({"type":"string","minLength":2,"maxLength":3})",
        {R"("ab")", R"("a\n\"")", R"("éü漢")"},
        {R"("a")", R"("abcd")", R"("")"});
  // One spelling for each character.
  check(R"({"type":"string"})", {R"("a\\b\u0001/")"},
        {R"("\u0041")", R"("\/")", R"("a)"});
}

TEST_F(SchemaScalarsTest, PatternsAreSoughtAnywhere) {
  check(R"({"type":"string","pattern":"^[A-Z]{2}-\\d+$"})", {R"("AB-1")"},
        {R"("ab-1")", R"("xAB-1")", R"("AB-")"});
  check(R"({"type":"string","pattern":"b"})", {R"("abc")", R"("b")"},
        {R"("ac")", R"("")"});
  check(R"({"type":"string","pattern":"^\".*\\\\$"})", {R"("\"x\\")"},
        {R"("x\\")"});
  EXPECT_NE(
      refusal(R"({"type":"string","pattern":"(?=a)b"})").find("schema.pattern"),
      std::string::npos);
  EXPECT_NE(refusal(R"({"type":"string","pattern":"a","minLength":1})")
                .find("schema.pattern: not supported beside"),
            std::string::npos);
}

TEST_F(SchemaScalarsTest, FormatsThatAreKnownHold) {
  check(R"({"type":"string","format":"date"})",
        {R"("2024-02-28")", R"("2024-12-31")", R"("2024-02-29")",
         R"("2000-02-29")", R"("1996-02-29")"},
        {R"("2024-13-01")", R"("2023-04-31")", R"("x")", R"("2023-02-29")",
         R"("1900-02-29")", R"("2024-02-30")"});
  check(R"({"type":"string","format":"date-time"})",
        {R"("2024-02-28T12:30:00Z")", R"("2024-02-28T12:30:00.5+01:00")"},
        {R"("2024-02-28")"});
  check(R"({"type":"string","format":"ipv4"})", {R"("192.168.0.255")"},
        {R"("256.0.0.1")", R"("1.2.3")"});
  EXPECT_EQ(refusal(R"({"type":"string","format":"iri"})"),
            "Unimplemented: schema.format: \"iri\" is not supported");
}

} // namespace
} // namespace g4rt
