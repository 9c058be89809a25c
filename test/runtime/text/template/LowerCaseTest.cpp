#include "runtime/text/template/LowerCase.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(LowerCaseTest, IsPythonsLower) {
  EXPECT_EQ(lowerCase("AbZ_1[@`{"), "abz_1[@`{");
  EXPECT_EQ(lowerCase("ÄÖÜß×Þ÷ÿŸ"), "äöüß×þ÷ÿÿ");
  EXPECT_EQ(lowerCase("ĀāĂĹĽŁ"), "āāăĺľł");
  EXPECT_EQ(lowerCase("ΑΩΣ"), "αωσ"); // Python: the last one becomes ς
  EXPECT_EQ(lowerCase("ЖЁ Ꭰ Ⴀ ẞ K Å"), "жё ꭰ ⴀ ß k å");
  EXPECT_EQ(lowerCase("İI"), "i\u0307i");
  EXPECT_EQ(lowerCase("Ａ𐐀😀日本"), "ａ𐐨😀日本");
  EXPECT_EQ(lowerCase(""), "");
}

TEST(LowerCaseTest, LeavesBytesThatAreNotUtf8) {
  EXPECT_EQ(lowerCase("A\xff\xe2\x96"), "a\xff\xe2\x96");
}

} // namespace
} // namespace g4rt
