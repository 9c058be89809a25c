#include "runtime/text/conversation/FieldReader.h"

#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

class FieldReaderTest : public testing::Test {
protected:
  ValueLimits limits;
  Value object = *parseValue(
      R"({"s":"x","n":1,"t":true,"null":null,"l":[1,2],"o":{}})", limits);
  JsonPath root;
  JsonPath path = root.key("messages");
  FieldReader fields = *FieldReader::of(object, path);
};

TEST_F(FieldReaderTest, ReadsFieldsOfTheirKind) {
  EXPECT_EQ(**fields.string("s"), "x");
  EXPECT_EQ(*fields.neededString("s"), "x");
  EXPECT_TRUE((*fields.neededObject("o"))->map()->empty());
  EXPECT_TRUE(**fields.boolean("t"));
  EXPECT_EQ(fields.list("l", 2)->size(), 2u);
}

TEST_F(FieldReaderTest, NullIsMissing) {
  for (const char *key : {"null", "no"}) {
    EXPECT_EQ(fields.find(key), nullptr);
    EXPECT_FALSE(fields.string(key)->has_value());
    EXPECT_FALSE(fields.boolean(key)->has_value());
    EXPECT_TRUE(fields.list(key, 0)->empty());
  }
}

TEST_F(FieldReaderTest, NamesThePathAndWhatIsThere) {
  EXPECT_EQ(fields.string("n").error().message(),
            "messages.n: a number, needs a string");
  EXPECT_EQ(fields.neededString("no").error().message(),
            "messages.no: missing, needs a string");
  EXPECT_EQ(fields.neededObject("no").error().message(),
            "messages.no: missing, needs an object");
  EXPECT_EQ(fields.neededObject("l").error().message(),
            "messages.l: a list, needs an object");
  EXPECT_EQ(fields.boolean("s").error().message(),
            "messages.s: a string, needs true or false");
  EXPECT_EQ(fields.list("t", 9).error().message(),
            "messages.t: true or false, needs a list");
  EXPECT_EQ(fields.list("l", 1).error().message(),
            "messages.l: 2 elements, at most 1");
  EXPECT_EQ(FieldReader::of(Value(), path.at(3)).error().message(),
            "messages[3]: null, needs an object");
}

} // namespace
} // namespace g4rt
