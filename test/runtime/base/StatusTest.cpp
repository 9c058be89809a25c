#include "runtime/base/Status.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Result<int> half(int x) {
  if (x % 2)
    return Status(StatusCode::InvalidArgument, std::to_string(x) + " is odd");
  return x / 2;
}

Result<int> quarter(int x) {
  G4RT_ASSIGN(int h, half(x));
  G4RT_ASSIGN(int q, half(h));
  return q;
}

TEST(ResultTest, CarriesTheValue) { EXPECT_EQ(*quarter(8), 2); }

TEST(ResultTest, CarriesTheFirstFailure) {
  Result<int> r = quarter(6);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code(), StatusCode::InvalidArgument);
  EXPECT_EQ(r.error().message(), "3 is odd");
}

TEST(StatusTest, DuringNamesTheOutermostPlaceFirst) {
  Status s = Status(StatusCode::DataLoss, "12 bytes short").during("w.bin");
  EXPECT_EQ(std::move(s).during("loading m.g4").toString(),
            "DataLoss: loading m.g4: w.bin: 12 bytes short");
}

} // namespace
} // namespace g4rt
