//===- RefusalsTest.cpp - What is known and not supported -----------------===//

#include "runtime/http/openai/Refusals.h"

#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Status check(std::string_view body) {
  ValueLimits limits;
  JsonPath root;
  Value value = *parseValue(body, limits);
  return refuseUnsupported(*FieldReader::of(value, root));
}

TEST(RefusalsTest, ValuesThatDoNothingPass) {
  for (const char *body :
       {"{}", R"({"suffix":"","typical_p":1,"mirostat":0})",
        R"({"modalities":["text"]})",
        R"({"chat_template":null,"functions":[],"made_up_field":[1,2]})"})
    EXPECT_TRUE(check(body).ok()) << check(body).toString();
}

TEST(RefusalsTest, ARefusalNamesTheField) {
  EXPECT_EQ(check(R"({"suffix":"x"})").message(), "suffix: not supported");
  EXPECT_EQ(check(R"({"dry_multiplier":0.8})").message(),
            "dry_multiplier: this sampler is not supported");
  EXPECT_EQ(check(R"({"use_beam_search":true})").message(),
            "use_beam_search: not supported");
  EXPECT_EQ(check(R"({"modalities":["audio"]})").message(),
            "modalities: only text is supported");
}

} // namespace
} // namespace g4rt
