#include "runtime/exec/DeviceChoice.h"

#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/device/cuda/CudaDevice.h"
#include "runtime/device/hip/HipDevice.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using artifact::DeviceKind;
using testing::AllOf;
using testing::HasSubstr;

TEST(DeviceNameTest, NamesAreThoseOfTheDevices) {
  EXPECT_EQ(parseDeviceName("auto")->kind, std::nullopt);
  EXPECT_EQ(parseDeviceName("cpu")->kind, DeviceKind::cpu);
  EXPECT_EQ(parseDeviceName("cuda")->kind, DeviceKind::cuda);
  EXPECT_EQ(parseDeviceName("cuda")->ordinal, 0);
  EXPECT_EQ(parseDeviceName("cuda:9")->ordinal, 9);
  EXPECT_EQ(parseDeviceName("hip")->kind, DeviceKind::hip);
  EXPECT_EQ(parseDeviceName("hip:1")->ordinal, 1);
}

TEST(DeviceNameTest, OtherNamesAreRefused) {
  for (const char *name :
       {"", "gpu", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", "cpu:0", "CUDA",
        "cuda:99999999999", "cuda:+1", "hip:", "hip:x", "hip1"}) {
    Result<DeviceName> device = parseDeviceName(name);
    ASSERT_FALSE(device) << name;
    EXPECT_EQ(device.error().message(),
              "device " + std::string(name) +
                  ": needs auto, cpu, cuda, cuda:N, hip or hip:N");
  }
}

class DeviceChoiceTest : public testing::Test {
protected:
  DeviceChoiceTest() { model_.tables.variants.clear(); }
  void add(const char *target, DeviceKind device,
           std::vector<std::string> features) {
    auto variant = std::make_unique<artifact::VariantT>();
    variant->target = target;
    variant->device = device;
    variant->features = std::move(features);
    variant->program = std::make_unique<artifact::ProgramT>();
    model_.tables.variants.push_back(std::move(variant));
  }
  /// "device: target: reason" or the error.
  std::string choose(const DeviceName &name = {}) {
    bytes_ = model_.metadata();
    auto choice = chooseDevice(
        *artifact::GetSizePrefixedArtifact(bytes_.data()), name,
        [this](DeviceKind kind, int ordinal) {
          if (kind == DeviceKind::hip)
            return createHipDevice(ordinal, driver_.hipTable());
          return kind == DeviceKind::cpu
                     ? Result<std::unique_ptr<Device>>(createCpuDevice(1))
                     : createCudaDevice(ordinal, driver_.table());
        });
    if (!choice)
      return choice.error().toString();
    return std::string(choice->device->name()).substr(0, 6) + ": " +
           choice->variant.variant->target()->str() + ": " +
           choice->variant.reason;
  }

  ScriptedDriver driver_;
  ToyModel model_;
  std::string bytes_;
};

TEST_F(DeviceChoiceTest, AnAmdGpuTakesTheCodeOfItsChip) {
  add("gfx90a", DeviceKind::hip, {"gfx90a"});
  add("gfx942", DeviceKind::hip, {"gfx942"});
  EXPECT_EQ(choose(), "hip:0 : gfx942: passed over: gfx90a (needs gfx90a)");
  EXPECT_EQ(choose({DeviceKind::hip, 0}),
            "hip:0 : gfx942: passed over: gfx90a (needs gfx90a)");
}

TEST_F(DeviceChoiceTest, AnAmdGpuWithoutCodeIsToldHowToGetIt) {
  add("gfx90a", DeviceKind::hip, {"gfx90a"});
  EXPECT_THAT(choose(), HasSubstr("g4c compile MODEL --target gfx942"));
  driver_.gpus[0].gcnArchName = "gfx1030";
  EXPECT_THAT(choose(), HasSubstr("g4c has no target for it"));
}

TEST_F(DeviceChoiceTest, TheFilesOrderDecides) {
  add("sm90", DeviceKind::cuda, {"sm_90"});
  add("x86-64", DeviceKind::cpu, {});
  EXPECT_EQ(choose(), "cuda:0: sm90: the file's first choice");
  std::swap(model_.tables.variants[0], model_.tables.variants[1]);
  EXPECT_EQ(choose(), "cpu: x86-64: the file's first choice");
  EXPECT_EQ(driver_.numCalls("cuInit"), 1);
}

TEST_F(DeviceChoiceTest, WithoutAGpuTheCpuIsTakenAndTheReasonSaid) {
  add("sm90", DeviceKind::cuda, {"sm_90"});
  add("x86-64", DeviceKind::cpu, {});
  driver_.gpus.clear();
  EXPECT_EQ(choose(), "cpu: x86-64: passed over: sm90 (no NVIDIA GPU is "
                      "visible)");
}

TEST_F(DeviceChoiceTest, AGpuThatNoVariantIsForIsPassedOver) {
  add("sm80", DeviceKind::cuda, {"sm_80"});
  add("x86-64", DeviceKind::cpu, {});
  EXPECT_EQ(choose(), "cpu: x86-64: passed over: sm80 (needs sm_80)");
}

TEST_F(DeviceChoiceTest, AGpuThatIsThereButBrokenIsNotPassedOver) {
  add("sm90", DeviceKind::cuda, {"sm_90"});
  add("x86-64", DeviceKind::cpu, {});
  driver_.fail("cuDevicePrimaryCtxRetain", 46);
  EXPECT_THAT(choose(), HasSubstr("Unavailable: cuda:0 Toy GPU"));
}

TEST_F(DeviceChoiceTest, TheNamedDeviceIsTaken) {
  add("sm90", DeviceKind::cuda, {"sm_90"});
  add("x86-64", DeviceKind::cpu, {});
  EXPECT_THAT(choose({DeviceKind::cpu, 0}),
              testing::StartsWith("cpu: x86-64: passed over: sm90"));
  EXPECT_THAT(choose({DeviceKind::cuda, 1}), HasSubstr("cuda:1: no such GPU"));
}

TEST_F(DeviceChoiceTest, NoVariantForTheGpuListsTheFilesAndTheCommand) {
  add("sm80", DeviceKind::cuda, {"sm_80"});
  add("x86-64", DeviceKind::cpu, {});
  EXPECT_THAT(choose({DeviceKind::cuda, 0}),
              AllOf(HasSubstr("NotFound: no variant runs on cuda:0 Toy GPU"),
                    HasSubstr("the file has sm80 (needs sm_80), x86-64 (for "
                              "another device)"),
                    HasSubstr("g4c compile MODEL --target sm90")));
  model_.tables.variants.pop_back();
  EXPECT_THAT(choose(), AllOf(HasSubstr("no variant runs on this machine"),
                              HasSubstr("--target sm90")));
}

TEST_F(DeviceChoiceTest, AFileWithoutVariantsSaysSo) {
  EXPECT_THAT(choose(), HasSubstr("the file has none"));
}

} // namespace
} // namespace g4rt
