#include "runtime/device/cuda/DriverLibrary.h"

#include <gmock/gmock.h>

#include <map>

#include "test/support/ScriptedDriver.h"

namespace g4rt::cuda {
namespace {

using testing::HasSubstr;

/// A library with the functions of the scripted driver.
class DriverLibraryTest : public testing::Test {
protected:
  DriverLibraryTest() {
    DriverTable table = driver_.table();
#define G4_PUT(member, symbol, parameters)                                     \
  symbols_[#symbol] = reinterpret_cast<void *>(table.member);
    G4_CUDA_FUNCTIONS(G4_PUT)
#undef G4_PUT
  }
  Result<DriverTable> find() {
    return findFunctions([this](const char *symbol) -> void * {
      auto it = symbols_.find(symbol);
      return it == symbols_.end() ? nullptr : it->second;
    });
  }
  std::string complaint() {
    Result<DriverTable> table = find();
    return table ? "none" : table.error().toString();
  }

  ScriptedDriver driver_;
  std::map<std::string, void *> symbols_;
};

TEST_F(DriverLibraryTest, EveryFunctionIsTheOneOfItsSymbol) {
  Result<DriverTable> table = find();
  ASSERT_TRUE(table) << table.error().message();
  int count = 0;
  ASSERT_EQ(table->deviceGetCount(&count), kSuccess);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(driver_.numCalls("cuDeviceGetCount"), 1);
}

TEST_F(DriverLibraryTest, AMissingSymbolIsNamed) {
  symbols_.erase("cuGraphUpload");
  EXPECT_EQ(complaint(),
            "NotFound: CUDA driver: the library has no cuGraphUpload");
}

TEST_F(DriverLibraryTest, ALibraryWithoutAnyIsRefused) {
  symbols_.clear();
  EXPECT_THAT(complaint(), HasSubstr("no cuDriverGetVersion"));
}

TEST_F(DriverLibraryTest, AnOldDriverIsToldByItsVersionNotByWhatItLacks) {
  driver_.version = 11040;
  symbols_.erase("cuGraphUpload");
  EXPECT_EQ(complaint(), "NotFound: CUDA driver: this one is for CUDA 11.4, "
                         "CUDA 12.0 or newer is needed");
}

TEST_F(DriverLibraryTest, TheOldestDriverThatDoesIsTaken) {
  driver_.version = G4_CUDA_DRIVER_VERSION;
  EXPECT_TRUE(find());
  driver_.version = G4_CUDA_DRIVER_VERSION - 1;
  EXPECT_FALSE(find());
}

TEST_F(DriverLibraryTest, ADriverThatGivesNoVersionIsRefused) {
  driver_.fail("cuDriverGetVersion", 34);
  EXPECT_THAT(complaint(), HasSubstr("cuDriverGetVersion says error 34"));
}

TEST_F(DriverLibraryTest, AMissingLibraryIsNamed) {
  Result<DriverTable> table = loadDriver("libno-such-driver.so.1");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code(), StatusCode::NotFound);
  EXPECT_THAT(table.error().message(), HasSubstr("libno-such-driver.so.1"));
}

} // namespace
} // namespace g4rt::cuda
