#include "runtime/device/gpu/Gpu.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "test/support/ScriptedVendors.h"

namespace g4rt::gpu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class GpuTest : public ScriptedVendorTest {
protected:
  ~GpuTest() override { ::unsetenv("CUDA_VISIBLE_DEVICES"); }
  Result<Gpu> find(int ordinal) {
    return findGpu(table_, GetParam().look(script_), ordinal);
  }
  std::string complaint(int ordinal) {
    Result<Gpu> gpu = find(ordinal);
    return gpu ? "none" : gpu.error().toString();
  }
  std::string kind() { return driver_.facts().kind; }
};

TEST_P(GpuTest, WhatTheDriverSaysOfItIsKept) {
  script_.gpus = {{.name = "First"}, {.totalBytes = 24ull << 30}};
  Result<Gpu> gpu = find(1);
  ASSERT_TRUE(gpu) << gpu.error().message();
  EXPECT_THAT(gpu->text(), StartsWith(kind() + ":1 Toy GPU (GPU-"));
  EXPECT_EQ(gpu->totalBytes, 24ull << 30);
  EXPECT_EQ(gpu->numMultiprocessors, 2);
}

TEST_P(GpuTest, ANumberThatIsNotThereIsToldWhatIs) {
  script_.gpus = {{.name = "One"}, {.name = "Other"}};
  EXPECT_THAT(complaint(9),
              AllOf(StartsWith("InvalidArgument: " + kind() +
                               ":9: no such GPU; 2 are visible: " + kind() +
                               ":0 One (GPU-"),
                    HasSubstr(kind() + ":1 Other (GPU-")));
  EXPECT_THAT(complaint(-1), HasSubstr(":-1: no such GPU"));
}

TEST_P(GpuTest, TheVariableThatHidesGpusIsShown) {
  ::setenv("CUDA_VISIBLE_DEVICES", "GPU-5a5a", 1);
  EXPECT_THAT(complaint(1),
              AllOf(HasSubstr("1 is visible: " + kind() + ":0 Toy GPU"),
                    HasSubstr("CUDA_VISIBLE_DEVICES is \"GPU-5a5a\"")));
}

TEST_P(GpuTest, AMachineWithoutAGpuSaysSo) {
  script_.gpus.clear();
  std::string maker = GetParam().look(script_).maker;
  EXPECT_THAT(complaint(0),
              StartsWith("NotFound: no " + maker + " GPU is visible"));
}

TEST_P(GpuTest, ACountThatFindsNoneSaysSo) {
  script_.fail(symbol(&DriverTable::deviceGetCount), kNoDevice);
  EXPECT_THAT(complaint(0), StartsWith("NotFound: no "));
}

TEST_P(GpuTest, ADriverThatDoesNotStartIsQuoted) {
  std::string init = symbol(&DriverTable::init), api = driver_.facts().api;
  script_.fail(init, 803);
  EXPECT_EQ(complaint(0), "Unavailable: starting the " + api +
                              " driver: " + init + ": " + api + " error 803");
}

TEST_P(GpuTest, AnyQuestionThatTheDriverRefusesEndsTheLook) {
  for (const std::string &symbol :
       {symbol(&DriverTable::deviceGetCount), symbol(&DriverTable::deviceGet),
        symbol(&DriverTable::deviceGetName),
        symbol(&DriverTable::deviceGetUuid),
        symbol(&DriverTable::deviceTotalMem),
        symbol(&DriverTable::deviceGetAttribute)}) {
    script_.fail(symbol, kInvalidValue);
    EXPECT_THAT(complaint(0), HasSubstr(symbol));
  }
}

G4_EACH_VENDOR(GpuTest);

} // namespace
} // namespace g4rt::gpu
