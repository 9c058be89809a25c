#include "runtime/device/gpu/Driver.h"

#include "runtime/base/Log.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedVendors.h"

namespace g4rt::gpu {
namespace {

class DriverTest : public ScriptedVendorTest {
protected:
  Status count() {
    int count = 0;
    return driver_.call<&DriverTable::deviceGetCount>("counting", &count);
  }
  void fail(DriverResult result) { script_.fail(countSymbol(), result); }
  std::string countSymbol() { return symbol(&DriverTable::deviceGetCount); }
  std::string words(DriverResult result) {
    return errorName(result) + " (words of the driver)";
  }
};

TEST_P(DriverTest, AnErrorNamesThePurposeTheCallAndTheDriversWords) {
  fail(kInvalidValue);
  EXPECT_EQ(count().toString(), "Internal: counting: " + countSymbol() + ": " +
                                    words(kInvalidValue));
}

TEST_P(DriverTest, AnErrorThatTheDriverHasNoNameForIsANumber) {
  fail(12345);
  EXPECT_EQ(count().message(), "counting: " + countSymbol() + ": " +
                                   driver_.facts().api + " error 12345");
}

TEST_P(DriverTest, NoMemoryIsAStatusOfItsOwn) {
  fail(kOutOfMemory);
  EXPECT_EQ(count().code(), StatusCode::ResourceExhausted);
}

TEST_P(DriverTest, AnOrdinaryErrorIsForgotten) {
  fail(kOutOfMemory);
  EXPECT_FALSE(count().ok());
  EXPECT_TRUE(count().ok());
  EXPECT_TRUE(driver_.lost().ok());
}

TEST_P(DriverTest, AfterAStickyErrorTheDriverIsNotCalledAgain) {
  fail(kIllegalAddress);
  Status first = count(), second = count();
  EXPECT_EQ(first.toString(),
            "Unavailable: the GPU is lost: counting: " + countSymbol() + ": " +
                words(kIllegalAddress));
  EXPECT_EQ(second.toString(), first.toString());
  driver_.release<&DriverTable::memFreeHost>(nullptr);
  EXPECT_EQ(script_.numCalls(countSymbol()), 1);
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::memFreeHost)), 0);
}

TEST_P(DriverTest, EveryErrorThatSaysSoIsSticky) {
  for (DriverResult result : driver_.facts().sticky) {
    Driver driver(table_);
    EXPECT_EQ(driver.check(result, "call", "trying").code(),
              StatusCode::Unavailable);
    EXPECT_FALSE(driver.lost().ok()) << result;
  }
}

TEST_P(DriverTest, ABusyGpuIsNotLost) {
  for (DriverResult result : driver_.facts().busy) {
    fail(result);
    EXPECT_THAT(count().toString(),
                testing::StartsWith("Unavailable: counting: the GPU is busy or "
                                    "in exclusive mode: " +
                                    countSymbol() + ": "));
    EXPECT_TRUE(driver_.lost().ok());
    EXPECT_TRUE(count().ok());
  }
}

TEST_P(DriverTest, TheFirstReleaseThatFailsIsADebugLine) {
  setLogLevel(LogLevel::Debug);
  testing::internal::CaptureStderr();
  std::string first = symbol(&DriverTable::memFree);
  std::string second = symbol(&DriverTable::memFreeHost);
  for (const std::string &symbol : {first, second})
    script_.fail(symbol, kInvalidValue);
  driver_.release<&DriverTable::memFree>(DriverAddress{0});
  driver_.release<&DriverTable::memFreeHost>(nullptr);
  setLogLevel(LogLevel::Info);
  std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log,
              testing::StartsWith(std::string("debug ") + driver_.facts().kind +
                                  " release_failed "));
  EXPECT_THAT(log, testing::HasSubstr("call=" + first + " "));
  EXPECT_THAT(log, testing::HasSubstr(errorName(kInvalidValue)));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("call=" + second)));
  EXPECT_TRUE(count().ok());
}

G4_EACH_VENDOR(DriverTest);

} // namespace
} // namespace g4rt::gpu
