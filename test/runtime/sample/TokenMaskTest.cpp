#include "runtime/sample/TokenMask.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(TokenMaskTest, ABitForEachToken) {
  for (size_t size : {1, 31, 32, 33, 1000}) {
    TokenMask mask(size);
    EXPECT_TRUE(mask.isEmpty());
    auto last = static_cast<int32_t>(size) - 1;
    mask.allow(last);
    EXPECT_TRUE(mask.allows(last));
    EXPECT_FALSE(mask.isEmpty());
    mask.forbid(last);
    EXPECT_TRUE(mask.isEmpty());
    mask.allowAll();
    for (int32_t id = 0; id <= last; ++id)
      EXPECT_TRUE(mask.allows(id));
    mask.forbidAll();
    EXPECT_TRUE(mask.isEmpty());
  }
}

TEST(TokenMaskTest, WhatIsNoTokenIsNeverAllowed) {
  TokenMask mask(33);
  mask.allowAll();
  for (int32_t id : {-1, 33, 34, 63, 1 << 30}) {
    EXPECT_FALSE(mask.allows(id)) << id;
    mask.allow(id);
    EXPECT_FALSE(mask.allows(id)) << id;
    mask.forbid(id);
  }
  EXPECT_EQ(mask.words()[1], 1);
}

} // namespace
} // namespace g4rt
