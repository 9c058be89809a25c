#include "runtime/device/cuda/Driver.h"

#include "runtime/base/Log.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"

namespace g4rt::cuda {
namespace {

class DriverTest : public testing::Test {
protected:
  Status count() {
    int count = 0;
    return driver_.call<&DriverTable::deviceGetCount>("counting", &count);
  }

  ScriptedDriver script_;
  Driver driver_{script_.table()};
};

TEST_F(DriverTest, AnErrorNamesThePurposeTheCallAndTheDriversWords) {
  script_.fail("cuDeviceGetCount", kInvalidValue);
  EXPECT_EQ(count().toString(),
            "Internal: counting: cuDeviceGetCount: CUDA_ERROR_INVALID_VALUE "
            "(words of the driver)");
}

TEST_F(DriverTest, AnErrorThatTheDriverHasNoNameForIsANumber) {
  script_.fail("cuDeviceGetCount", 12345);
  EXPECT_EQ(count().message(), "counting: cuDeviceGetCount: CUDA error 12345");
}

TEST_F(DriverTest, NoMemoryIsAStatusOfItsOwn) {
  script_.fail("cuDeviceGetCount", kOutOfMemory);
  EXPECT_EQ(count().code(), StatusCode::ResourceExhausted);
}

TEST_F(DriverTest, AnOrdinaryErrorIsForgotten) {
  script_.fail("cuDeviceGetCount", kOutOfMemory);
  EXPECT_FALSE(count().ok());
  EXPECT_TRUE(count().ok());
  EXPECT_TRUE(driver_.lost().ok());
}

TEST_F(DriverTest, AfterAStickyErrorTheDriverIsNotCalledAgain) {
  script_.fail("cuDeviceGetCount", kIllegalAddress);
  Status first = count(), second = count();
  EXPECT_EQ(first.toString(),
            "Unavailable: the GPU is lost: counting: cuDeviceGetCount: "
            "CUDA_ERROR_ILLEGAL_ADDRESS (words of the driver)");
  EXPECT_EQ(second.toString(), first.toString());
  driver_.release<&DriverTable::memFreeHost>(nullptr);
  EXPECT_EQ(script_.numCalls("cuDeviceGetCount"), 1);
  EXPECT_EQ(script_.numCalls("cuMemFreeHost"), 0);
}

TEST_F(DriverTest, ABusyGpuIsNotLost) {
  script_.fail("cuDeviceGetCount", kDeviceUnavailable);
  EXPECT_EQ(count().toString(),
            "Unavailable: counting: the GPU is busy or in exclusive mode: "
            "cuDeviceGetCount: CUDA_ERROR_DEVICE_UNAVAILABLE (words of the "
            "driver)");
  EXPECT_TRUE(driver_.lost().ok());
  EXPECT_TRUE(count().ok());
}

TEST_F(DriverTest, TheFirstReleaseThatFailsIsADebugLine) {
  setLogLevel(LogLevel::Debug);
  testing::internal::CaptureStderr();
  for (const char *symbol : {"cuMemFree_v2", "cuMemFreeHost"})
    script_.fail(symbol, kInvalidValue);
  driver_.release<&DriverTable::memFree>(DriverAddress{0});
  driver_.release<&DriverTable::memFreeHost>(nullptr);
  setLogLevel(LogLevel::Info);
  std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::StartsWith("debug cuda release_failed "));
  EXPECT_THAT(log, testing::HasSubstr("cuMemFree_v2"));
  EXPECT_THAT(log, testing::HasSubstr("CUDA_ERROR_INVALID_VALUE"));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("cuMemFreeHost")));
  EXPECT_TRUE(count().ok());
}

TEST_F(DriverTest, ErrorsOfTheGpuAreStickyAndThoseOfACallAreNot) {
  for (int result : {214, 700, 702, 715, 716, 719, 999})
    EXPECT_TRUE(isSticky(result)) << result;
  for (int result :
       {0, 1, 2, 46, 200, 209, 222, 500, 600, 701, 720, 801, 807, 808, 809})
    EXPECT_FALSE(isSticky(result)) << result;
}

} // namespace
} // namespace g4rt::cuda
