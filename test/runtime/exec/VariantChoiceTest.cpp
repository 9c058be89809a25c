#include "runtime/exec/VariantChoice.h"

#include "runtime/exec/ProgramExecutor.h"

#include <gmock/gmock.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

/// A device of some kind with some features, which runs nothing.
class FeatureDevice final : public Device {
public:
  FeatureDevice(artifact::DeviceKind kind, std::vector<std::string> features)
      : kind_(kind), features_(std::move(features)) {}

  std::string_view name() const override { return "fake"; }
  artifact::DeviceKind kind() const override { return kind_; }
  bool hasFeature(std::string_view feature) const override {
    return std::find(features_.begin(), features_.end(), feature) !=
           features_.end();
  }
  std::string targetName() const override { return target; }
  Result<DeviceMemory> memory() override { return nothing(); }
  Result<std::span<std::byte>> allocateHost(uint64_t) override {
    return nothing();
  }
  Result<double> launchTimed(const KernelCall &) override { return nothing(); }
  Result<DeviceAddress> allocate(uint64_t) override { return nothing(); }
  Result<DeviceAddress> adopt(std::span<const std::byte>) override {
    return nothing();
  }
  Result<std::unique_ptr<KernelModule>>
  loadCode(const artifact::CodeObject &, std::span<const std::byte>) override {
    return nothing();
  }
  Status copyIn(DeviceAddress, std::span<const std::byte>) override {
    return nothing();
  }
  Status copy(DeviceAddress, DeviceAddress, uint64_t) override {
    return nothing();
  }
  Status clear(DeviceAddress, uint64_t) override { return nothing(); }
  Status launch(const KernelCall &) override { return nothing(); }
  Status synchronize() override { return nothing(); }
  Status copyOut(std::span<std::byte>, DeviceAddress) override {
    return nothing();
  }
  const std::byte *hostPointer(DeviceAddress) const override { return nullptr; }

  std::string target = "sm12";

private:
  static Status nothing() { return {StatusCode::Unimplemented, "fake"}; }

  artifact::DeviceKind kind_;
  std::vector<std::string> features_;
};

class VariantChoiceTest : public testing::Test {
protected:
  void add(const char *target, artifact::DeviceKind device,
           std::vector<std::string> features) {
    auto variant = std::make_unique<artifact::VariantT>();
    variant->target = target;
    variant->device = device;
    variant->features = std::move(features);
    variant->program = std::make_unique<artifact::ProgramT>();
    model_.tables.variants.push_back(std::move(variant));
  }
  void SetUp() override {
    model_.tables.variants.clear();
    add("sm_90a", artifact::DeviceKind::cuda, {});
    add("x86-64-v4", artifact::DeviceKind::cpu, {"avx2", "avx512f"});
    add("x86-64-v3", artifact::DeviceKind::cpu, {"avx2"});
  }
  /// "target: reason" or the error.
  std::string choose(const Device &device) {
    bytes_ = model_.metadata();
    Result<VariantChoice> choice = chooseVariant(
        *artifact::GetSizePrefixedArtifact(bytes_.data()), device);
    if (!choice)
      return choice.error().toString();
    return choice->variant->target()->str() + ": " + choice->reason;
  }

  ToyModel model_;
  std::string bytes_;
};

TEST_F(VariantChoiceTest, TakesTheFirstThatTheMachineCanRun) {
  EXPECT_THAT(
      choose(FeatureDevice(artifact::DeviceKind::cpu, {"avx2", "avx512f"})),
      testing::StartsWith("x86-64-v4: "));
}

TEST_F(VariantChoiceTest, SaysWhatItPassedOverAndWhy) {
  EXPECT_EQ(choose(FeatureDevice(artifact::DeviceKind::cpu, {"avx2"})),
            "x86-64-v3: passed over: sm_90a (for another device), x86-64-v4 "
            "(needs avx512f)");
}

TEST_F(VariantChoiceTest, TakesTheVariantOfTheDevicesKind) {
  EXPECT_EQ(choose(FeatureDevice(artifact::DeviceKind::cuda, {})),
            "sm_90a: the file's first choice");
}

TEST_F(VariantChoiceTest, ListsWhatEachVariantLacksWhenNoneRuns) {
  std::string error = choose(FeatureDevice(artifact::DeviceKind::cpu, {}));
  EXPECT_THAT(error, HasSubstr("NotFound: no variant runs on fake"));
  EXPECT_THAT(error, HasSubstr("x86-64-v4 (needs avx2)"));
  EXPECT_THAT(error, HasSubstr("x86-64-v3 (needs avx2)"));
  EXPECT_THAT(error, HasSubstr("g4c compile MODEL --target sm12"));
}

TEST_F(VariantChoiceTest, ADeviceThatNoTargetIsForGetsNoAdvice) {
  FeatureDevice device(artifact::DeviceKind::cpu, {});
  device.target.clear();
  std::string error = choose(device);
  EXPECT_THAT(error, testing::EndsWith("; g4c has no target for it"));
}

TEST_F(VariantChoiceTest, SaysThatAFileHasNoVariants) {
  model_.tables.variants.clear();
  EXPECT_THAT(choose(FeatureDevice(artifact::DeviceKind::cpu, {})),
              HasSubstr("the file has none"));
}

} // namespace
} // namespace g4rt
