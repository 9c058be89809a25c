#include "runtime/device/hip/HipDriver.h"

#include <gmock/gmock.h>

#include <map>

#include "test/support/ScriptedDriver.h"

namespace g4rt::hip {
namespace {

using testing::HasSubstr;

/// A library with the functions of the scripted driver.
class HipDriverTest : public testing::Test {
protected:
  HipDriverTest() {
    HipTable table = driver_.hipTable();
#define G4_PUT(member, symbol, ...)                                            \
  symbols_[#symbol] = reinterpret_cast<void *>(table.member.call);
    G4_HIP_SHARED_FUNCTIONS(G4_PUT)
    G4_HIP_OWN_FUNCTIONS(G4_PUT)
#undef G4_PUT
  }
  Result<HipTable> find() {
    return findFunctions([this](const char *symbol) -> void * {
      auto it = symbols_.find(symbol);
      return it == symbols_.end() ? nullptr : it->second;
    });
  }
  std::string complaint() {
    Result<HipTable> table = find();
    return table ? "none" : table.error().toString();
  }

  ScriptedDriver driver_;
  std::map<std::string, void *> symbols_;
};

TEST_F(HipDriverTest, EveryFunctionIsTheOneOfItsSymbol) {
  Result<HipTable> table = find();
  ASSERT_TRUE(table) << table.error().message();
  int count = 0;
  ASSERT_EQ(table->deviceGetCount.call(&count), gpu::kSuccess);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(driver_.numCalls("hipGetDeviceCount"), 1);
}

TEST_F(HipDriverTest, AMissingSymbolIsNamed) {
  symbols_.erase("hipGraphUpload");
  EXPECT_EQ(complaint(),
            "NotFound: HIP driver: the library has no hipGraphUpload");
}

TEST_F(HipDriverTest, ALibraryWithoutAnyIsRefused) {
  symbols_.clear();
  EXPECT_THAT(complaint(), HasSubstr("no hipDriverGetVersion"));
}

TEST_F(HipDriverTest, AnOldDriverIsToldByItsVersionNotByWhatItLacks) {
  driver_.hipVersion = 50731921;
  symbols_.erase("hipGraphUpload");
  EXPECT_EQ(complaint(), "NotFound: HIP driver: this one is HIP 5.7, HIP 6.0 "
                         "(ROCm 6.0) or newer is needed");
}

TEST_F(HipDriverTest, TheOldestDriverThatDoesIsTaken) {
  driver_.hipVersion = G4_HIP_DRIVER_VERSION;
  EXPECT_TRUE(find());
  driver_.hipVersion = G4_HIP_DRIVER_VERSION - 1;
  EXPECT_FALSE(find());
}

TEST_F(HipDriverTest, ADriverThatGivesNoVersionIsRefused) {
  driver_.fail("hipDriverGetVersion", 34);
  EXPECT_THAT(complaint(), HasSubstr("hipDriverGetVersion says error 34"));
}

TEST_F(HipDriverTest, AMissingLibraryIsNamed) {
  const char *name = "libno-such-driver.so.7";
  Result<HipTable> table = loadDriver({&name, 1});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code(), StatusCode::NotFound);
  EXPECT_THAT(table.error().message(), HasSubstr(name));
}

TEST_F(HipDriverTest, TheNewestLibraryIsLookedForFirst) {
  auto names = libraryNames();
  EXPECT_STREQ(names[0], "libamdhip64.so.7");
  EXPECT_STREQ(names[1], "libamdhip64.so.6");
}

} // namespace
} // namespace g4rt::hip
