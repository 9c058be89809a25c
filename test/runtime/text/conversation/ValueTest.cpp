#include "runtime/text/conversation/Value.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

std::string spelled(std::string_view text) { return pythonNumber(text).text; }

// The right-hand sides are Python's str(json.loads(text)).
TEST(ValueTest, SpellsNumbersAsPython) {
  for (auto [text, expected] :
       std::initializer_list<std::pair<const char *, const char *>>{
           {"0", "0"},
           {"-0", "0"},
           {"-7", "-7"},
           {"123456789012345678901234567890", "123456789012345678901234567890"},
           {"1.0", "1.0"},
           {"1.5", "1.5"},
           {"-1.50", "-1.5"},
           {"0.0", "0.0"},
           {"-0.0", "-0.0"},
           {"0.1", "0.1"},
           {"1e20", "1e+20"},
           {"1E2", "100.0"},
           {"1e15", "1000000000000000.0"},
           {"1e16", "1e+16"},
           {"123456789e7", "1234567890000000.0"},
           {"123456789.125", "123456789.125"},
           {"1.25e22", "1.25e+22"},
           {"0.0001", "0.0001"},
           {"0.00001", "1e-05"},
           {"1.5e-7", "1.5e-07"},
           {"1e-100", "1e-100"},
           {"9007199254740993.0", "9007199254740992.0"},
           {"5e-324", "5e-324"},
           {"1.7976931348623157e308", "1.7976931348623157e+308"},
           {"1e400", "inf"},
           {"-1e400", "-inf"},
           {"1e-400", "0.0"},
           {"-1e-400", "-0.0"},
           {"0.0001e400", "inf"},
           {"1000000e-400", "0.0"},
           {"0e999", "0.0"}})
    EXPECT_EQ(spelled(text), expected) << text;
}

TEST(ValueTest, TruthIsPythons) {
  EXPECT_FALSE(Value().isTruthy());
  EXPECT_FALSE(Value(false).isTruthy());
  EXPECT_FALSE(Value(pythonNumber("0.0")).isTruthy());
  EXPECT_FALSE(Value(pythonNumber("-0")).isTruthy());
  EXPECT_FALSE(Value(std::string()).isTruthy());
  EXPECT_FALSE(Value(ValueList()).isTruthy());
  EXPECT_FALSE(Value(ValueMap()).isTruthy());
  EXPECT_TRUE(Value(true).isTruthy());
  EXPECT_TRUE(Value(pythonNumber("1e400")).isTruthy());
  EXPECT_TRUE(Value(std::string("0")).isTruthy());
  EXPECT_TRUE(Value(ValueList{Value()}).isTruthy());
}

TEST(ValueTest, FindsMembersOfMapsOnly) {
  Value map(ValueMap{{"a", Value(true)}});
  EXPECT_TRUE(*map.find("a")->boolean());
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_EQ(Value(true).find("a"), nullptr);
  EXPECT_EQ(map.kindName(), "an object");
  EXPECT_EQ(Value().kindName(), "null");
}

} // namespace
} // namespace g4rt
