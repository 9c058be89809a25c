#include "runtime/device/cuda/CudaDriver.h"

#include <gmock/gmock.h>

#include <map>

#include "test/support/ScriptedDriver.h"

namespace g4rt::cuda {
namespace {

using testing::HasSubstr;

/// A library with the functions of the scripted driver.
class CudaDriverTest : public testing::Test {
protected:
  CudaDriverTest() {
    CudaTable table = driver_.table();
#define G4_PUT(member, symbol, ...)                                            \
  symbols_[#symbol] = reinterpret_cast<void *>(table.member.call);
    G4_CUDA_SHARED_FUNCTIONS(G4_PUT)
    G4_CUDA_OWN_FUNCTIONS(G4_PUT)
#undef G4_PUT
  }
  Result<CudaTable> find() {
    return findFunctions([this](const char *symbol) -> void * {
      auto it = symbols_.find(symbol);
      return it == symbols_.end() ? nullptr : it->second;
    });
  }
  std::string complaint() {
    Result<CudaTable> table = find();
    return table ? "none" : table.error().toString();
  }

  ScriptedDriver driver_;
  std::map<std::string, void *> symbols_;
};

TEST_F(CudaDriverTest, EveryFunctionIsTheOneOfItsSymbol) {
  Result<CudaTable> table = find();
  ASSERT_TRUE(table) << table.error().message();
  int count = 0;
  ASSERT_EQ(table->deviceGetCount.call(&count), gpu::kSuccess);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(driver_.numCalls("cuDeviceGetCount"), 1);
}

TEST_F(CudaDriverTest, AMissingSymbolIsNamed) {
  symbols_.erase("cuGraphUpload");
  EXPECT_EQ(complaint(),
            "NotFound: CUDA driver: the library has no cuGraphUpload");
}

TEST_F(CudaDriverTest, ALibraryWithoutAnyIsRefused) {
  symbols_.clear();
  EXPECT_THAT(complaint(), HasSubstr("no cuDriverGetVersion"));
}

TEST_F(CudaDriverTest, AnOldDriverIsToldByItsVersionNotByWhatItLacks) {
  driver_.version = 11040;
  symbols_.erase("cuGraphUpload");
  EXPECT_EQ(complaint(), "NotFound: CUDA driver: this one is for CUDA 11.4, "
                         "CUDA 12.0 or newer is needed");
}

TEST_F(CudaDriverTest, TheOldestDriverThatDoesIsTaken) {
  driver_.version = G4_CUDA_DRIVER_VERSION;
  EXPECT_TRUE(find());
  driver_.version = G4_CUDA_DRIVER_VERSION - 1;
  EXPECT_FALSE(find());
}

TEST_F(CudaDriverTest, ADriverThatGivesNoVersionIsRefused) {
  driver_.fail("cuDriverGetVersion", 34);
  EXPECT_THAT(complaint(), HasSubstr("cuDriverGetVersion says error 34"));
}

TEST_F(CudaDriverTest, AMissingLibraryIsNamed) {
  Result<CudaTable> table = loadDriver("libno-such-driver.so.1");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code(), StatusCode::NotFound);
  EXPECT_THAT(table.error().message(), HasSubstr("libno-such-driver.so.1"));
}

} // namespace
} // namespace g4rt::cuda
