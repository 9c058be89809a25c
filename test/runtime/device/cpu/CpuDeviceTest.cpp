// What only this device does; DeviceConformanceTest has what all devices do.

#include "runtime/device/cpu/CpuDevice.h"

#include <gtest/gtest.h>

#include <sched.h>

#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

/// The toy's code object, loaded.
class CpuDeviceTest : public testing::Test {
protected:
  void SetUp() override {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    table_ = builder.Release();
    code_ = toyCode();
  }
  const artifact::CodeObject &table() const {
    return *flatbuffers::GetRoot<artifact::CodeObject>(table_.data());
  }

  /// What toyScale of `module` makes of 10 and 1.
  static int64_t scaled(Device &device, const KernelModule &module) {
    int64_t value = 10;
    auto bytes = std::as_writable_bytes(std::span(&value, 1));
    Result<DeviceAddress> at = device.allocate(sizeof(value));
    if (!at || !device.copyIn(*at, bytes).ok())
      return -1;
    uint64_t args[] = {static_cast<uint64_t>(*at), 1};
    if (!device.launch({.module = &module, .kernel = kToyScale, .args = args})
             .ok() ||
        !device.copyOut(bytes, *at).ok())
      return -1;
    return value;
  }

  ToyModel model_;
  flatbuffers::DetachedBuffer table_;
  std::string code_;
};

TEST_F(CpuDeviceTest, IsTheCpu) {
  auto device = createCpuDevice(1);
  EXPECT_EQ(device->name(), "cpu");
  EXPECT_EQ(device->kind(), artifact::DeviceKind::cpu);
}

TEST_F(CpuDeviceTest, ReadsAdoptedMemoryInPlace) {
  auto device = createCpuDevice(1);
  std::string weight(100, 'w');
  Result<DeviceAddress> at = device->adopt(bytesOf(weight));
  ASSERT_TRUE(at);
  EXPECT_EQ(device->hostPointer(*at), bytesOf(weight).data());
}

TEST_F(CpuDeviceTest, GivesEveryThreadItsOwnScratch) {
  // toyGrid writes its scratch eight times and reads it back: two threads on
  // the same memory would mix their numbers.
  auto device = createCpuDevice(4);
  auto module = device->loadCode(table(), bytesOf(code_));
  ASSERT_TRUE(module) << module.error().message();
  constexpr uint64_t kWidth = 64, kHeight = 64;
  Result<DeviceAddress> out = device->allocate(8 * kWidth * kHeight);
  ASSERT_TRUE(out);
  for (uint64_t number = 0; number < 50; ++number) {
    uint64_t args[] = {static_cast<uint64_t>(*out), number, kWidth};
    ASSERT_TRUE(device
                    ->launch({.module = module->get(),
                              .kernel = kToyGrid,
                              .gridX = kWidth,
                              .gridY = kHeight,
                              .args = args})
                    .ok());
    const auto *values =
        reinterpret_cast<const uint64_t *>(device->hostPointer(*out));
    for (uint64_t y = 0; y < kHeight; ++y)
      for (uint64_t x = 0; x < kWidth; ++x)
        ASSERT_EQ(values[y * kWidth + x], number + 1000 * y + x);
  }
}

TEST_F(CpuDeviceTest, RefusesCodeOfAnotherFormat) {
  model_.code().format = artifact::CodeFormat::ptx;
  SetUp();
  auto module = createCpuDevice(1)->loadCode(table(), bytesOf(code_));
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code(), StatusCode::DataLoss);
}

TEST_F(CpuDeviceTest, KeepsModulesApart) {
  auto device = createCpuDevice(1);
  std::string otherCode = otherToyCode();
  auto twice = device->loadCode(table(), bytesOf(code_));
  auto thrice = device->loadCode(table(), bytesOf(otherCode));
  ASSERT_TRUE(twice && thrice);
  EXPECT_EQ(scaled(*device, **twice), 2 * 10 + 1);
  EXPECT_EQ(scaled(*device, **thrice), 3 * 10 + 1);
  twice->reset();
  EXPECT_EQ(scaled(*device, **thrice), 3 * 10 + 1);
}

TEST_F(CpuDeviceTest, LoadsOtherCodeInThePlaceOfCodeThatIsGone) {
  auto device = createCpuDevice(1);
  std::string otherCode = otherToyCode();
  ASSERT_TRUE(device->loadCode(table(), bytesOf(code_)));
  auto thrice = device->loadCode(table(), bytesOf(otherCode));
  ASSERT_TRUE(thrice);
  EXPECT_EQ(scaled(*device, **thrice), 3 * 10 + 1);
}

} // namespace
} // namespace g4rt
