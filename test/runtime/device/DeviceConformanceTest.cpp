// What every device does, whatever it is: a new one is done when its row in the
// list at the end passes. The code is ToyKernels.cpp, so a device of another
// kind also gives its build of that.

#include "runtime/device/cpu/CpuDevice.h"

#include <gmock/gmock.h>

#include <cstring>
#include <numeric>

#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

struct DeviceCase {
  const char *name;
  std::unique_ptr<Device> (*create)();
  std::string (*code)();
};

class DeviceConformanceTest : public testing::TestWithParam<DeviceCase> {
protected:
  void SetUp() override {
    device_ = GetParam().create();
    code_ = GetParam().code();
    packTable();
  }
  void packTable() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    table_ = builder.Release();
  }
  Result<std::unique_ptr<KernelModule>> load(std::string_view bytes) {
    return device_->loadCode(
        *flatbuffers::GetRoot<artifact::CodeObject>(table_.data()),
        bytesOf(bytes));
  }
  DeviceAddress allocate(uint64_t bytes) {
    Result<DeviceAddress> at = device_->allocate(bytes);
    EXPECT_TRUE(at) << at.error().message();
    return at ? *at : DeviceAddress{};
  }
  std::string read(DeviceAddress from, size_t size) {
    std::string bytes(size, '?');
    auto to = std::as_writable_bytes(std::span(bytes.data(), size));
    EXPECT_TRUE(device_->copyOut(to, from).ok());
    return bytes;
  }
  Status scale(const KernelModule &module, DeviceAddress values, uint64_t count,
               uint64_t number) {
    uint64_t args[] = {static_cast<uint64_t>(values), number};
    return device_->launch(
        {.module = &module, .kernel = kToyScale, .gridX = count, .args = args});
  }

  ToyModel model_;
  flatbuffers::DetachedBuffer table_;
  std::string code_;
  std::unique_ptr<Device> device_;
};

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

TEST_P(DeviceConformanceTest, AllocatesAlignedZeros) {
  for (uint64_t bytes : {1, 63, 64, 4097, 3 << 20}) {
    DeviceAddress at = allocate(bytes);
    EXPECT_EQ(static_cast<uint64_t>(at) % 64, 0u);
    EXPECT_EQ(read(at, bytes), std::string(bytes, '\0')) << bytes;
  }
}

TEST_P(DeviceConformanceTest, GivesAnAddressForNoBytes) {
  EXPECT_NE(static_cast<uint64_t>(allocate(0)), 0u);
}

TEST_P(DeviceConformanceTest, KeepsAllocationsApart) {
  DeviceAddress first = allocate(100), second = allocate(100);
  std::string ones(100, '1'), twos(100, '2');
  ASSERT_TRUE(device_->copyIn(first, bytesOf(ones)).ok());
  ASSERT_TRUE(device_->copyIn(second, bytesOf(twos)).ok());
  EXPECT_EQ(read(first, 100), ones);
  EXPECT_EQ(read(second, 100), twos);
}

TEST_P(DeviceConformanceTest, RefusesMoreMemoryThanTheMachineHas) {
  for (uint64_t bytes : {uint64_t{1} << 45, uint64_t{1} << 60, ~uint64_t{0}}) {
    Result<DeviceAddress> at = device_->allocate(bytes);
    ASSERT_FALSE(at) << bytes;
    EXPECT_EQ(at.error().code(), StatusCode::ResourceExhausted);
  }
}

TEST_P(DeviceConformanceTest, RefusesManyAllocationsOfMoreThanTheMachineHas) {
  // Each is possible alone; untouched, none takes memory yet.
  Status last;
  for (int i = 0; i < 4096 && last.ok(); ++i) {
    Result<DeviceAddress> at = device_->allocate(uint64_t{4} << 30);
    if (!at)
      last = at.error();
  }
  EXPECT_EQ(last.code(), StatusCode::ResourceExhausted);
}

TEST_P(DeviceConformanceTest, GoesOnAfterARefusedAllocation) {
  ASSERT_FALSE(device_->allocate(~uint64_t{0}));
  EXPECT_EQ(read(allocate(8), 8), std::string(8, '\0'));
}

TEST_P(DeviceConformanceTest, GivesAdoptedBytesToKernels) {
  auto module = load(code_);
  ASSERT_TRUE(module) << module.error().message();
  alignas(64) static const float weights[16] = {5, 6, 7, 8};
  Result<DeviceAddress> at = device_->adopt(std::as_bytes(std::span(weights)));
  ASSERT_TRUE(at);
  EXPECT_EQ(read(*at, sizeof(weights)),
            std::string_view(reinterpret_cast<const char *>(weights),
                             sizeof(weights)));
  int32_t ids[] = {3, 0};
  DeviceAddress idsAt = allocate(sizeof(ids)), out = allocate(8);
  ASSERT_TRUE(device_->copyIn(idsAt, std::as_bytes(std::span(ids))).ok());
  uint64_t args[] = {static_cast<uint64_t>(idsAt), static_cast<uint64_t>(*at),
                     static_cast<uint64_t>(out)};
  ASSERT_TRUE(device_
                  ->launch({.module = module->get(),
                            .kernel = kToyEmbed,
                            .gridX = 2,
                            .args = args})
                  .ok());
  float values[2];
  std::memcpy(values, read(out, 8).data(), 8);
  EXPECT_THAT(values, testing::ElementsAre(8, 5));
}

TEST_P(DeviceConformanceTest, CopiesPartsOfAnAllocation) {
  DeviceAddress at = allocate(16);
  ASSERT_TRUE(device_->copyIn(at + 4, bytesOf("abcd")).ok());
  EXPECT_EQ(read(at, 16), std::string("\0\0\0\0abcd\0\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(read(at + 6, 2), "cd");
}

TEST_P(DeviceConformanceTest, ClearsPartsOfAnAllocation) {
  DeviceAddress at = allocate(8);
  ASSERT_TRUE(device_->copyIn(at, bytesOf("abcdefgh")).ok());
  ASSERT_TRUE(device_->clear(at + 2, 3).ok());
  EXPECT_EQ(read(at, 8), std::string("ab\0\0\0fgh", 8));
}

TEST_P(DeviceConformanceTest, CopiesNothing) {
  DeviceAddress at = allocate(4);
  EXPECT_TRUE(device_->clear(at, 0).ok());
  EXPECT_TRUE(device_->copyIn(at, {}).ok());
  EXPECT_TRUE(device_->copyOut({}, at).ok());
  EXPECT_EQ(read(at, 4), std::string(4, '\0'));
}

TEST_P(DeviceConformanceTest, ShowsTheHostWhatIsThereIfItCan) {
  DeviceAddress at = allocate(4);
  ASSERT_TRUE(device_->copyIn(at, bytesOf("wxyz")).ok());
  ASSERT_TRUE(device_->synchronize().ok());
  if (const std::byte *host = device_->hostPointer(at))
    EXPECT_EQ(std::memcmp(host, "wxyz", 4), 0);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

TEST_P(DeviceConformanceTest, RunsEveryItemOfAGridOnce) {
  auto module = load(code_);
  ASSERT_TRUE(module) << module.error().message();
  constexpr uint64_t kWidth = 33, kHeight = 7;
  DeviceAddress out = allocate(8 * kWidth * kHeight);
  uint64_t args[] = {static_cast<uint64_t>(out), 9, kWidth};
  ASSERT_TRUE(device_
                  ->launch({.module = module->get(),
                            .kernel = kToyGrid,
                            .gridX = kWidth,
                            .gridY = kHeight,
                            .args = args})
                  .ok());
  std::vector<uint64_t> values(kWidth * kHeight);
  std::string bytes = read(out, 8 * values.size());
  std::memcpy(values.data(), bytes.data(), bytes.size());
  for (uint64_t i = 0; i < values.size(); ++i)
    ASSERT_EQ(values[i], 9 + 1000 * (i / kWidth) + i % kWidth) << i;
}

TEST_P(DeviceConformanceTest, RunsLaunchesAndCopiesInOrder) {
  auto module = load(code_);
  ASSERT_TRUE(module);
  constexpr uint64_t kCount = 100;
  DeviceAddress values = allocate(8 * kCount);
  // v = 2 v + 1, n times, is 2^n - 1 from 0; out of order it is not.
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(scale(**module, values, kCount, 1).ok());
  int64_t seven = 7;
  ASSERT_TRUE(
      device_->copyIn(values, std::as_bytes(std::span(&seven, 1))).ok());
  ASSERT_TRUE(scale(**module, values, kCount, 3).ok());
  std::vector<int64_t> result(kCount);
  std::memcpy(result.data(), read(values, 8 * kCount).data(), 8 * kCount);
  EXPECT_EQ(result[0], 2 * 7 + 3);
  EXPECT_EQ(result[kCount - 1], 2 * ((1 << 20) - 1) + 3);
}

TEST_P(DeviceConformanceTest, ReadsArgumentsBeforeLaunchReturns) {
  auto module = load(code_);
  ASSERT_TRUE(module);
  DeviceAddress value = allocate(8);
  uint64_t args[] = {static_cast<uint64_t>(value), 5};
  KernelCall call{.module = module->get(), .kernel = kToyScale, .args = args};
  ASSERT_TRUE(device_->launch(call).ok());
  args[0] = args[1] = 0;
  EXPECT_EQ(read(value, 1), "\x05");
}

TEST_P(DeviceConformanceTest, RefusesALaunchOfNoKernel) {
  auto module = load(code_);
  ASSERT_TRUE(module);
  uint64_t args[] = {0, 0, 0};
  Status status =
      device_->launch({.module = module->get(), .kernel = 999, .args = args});
  EXPECT_EQ(status.code(), StatusCode::InvalidArgument);
}

TEST_P(DeviceConformanceTest, RefusesAGridOfTooManyItems) {
  auto module = load(code_);
  ASSERT_TRUE(module);
  uint64_t args[] = {0, 0, 0};
  Status status = device_->launch({.module = module->get(),
                                   .kernel = kToyGrid,
                                   .gridX = uint64_t{1} << 40,
                                   .gridY = uint64_t{1} << 40,
                                   .args = args});
  EXPECT_EQ(status.code(), StatusCode::InvalidArgument);
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

TEST_P(DeviceConformanceTest, RefusesBytesThatAreNoCode) {
  for (const std::string &bytes :
       {std::string(), std::string("not code"), std::string(10000, '\0')}) {
    auto module = load(bytes);
    ASSERT_FALSE(module) << bytes.size();
    EXPECT_EQ(module.error().code(), StatusCode::DataLoss);
  }
}

TEST_P(DeviceConformanceTest, RefusesCodeThatIsCutOff) {
  auto module = load(std::string_view(code_).substr(0, code_.size() / 3));
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code(), StatusCode::DataLoss);
}

TEST_P(DeviceConformanceTest, NamesTheKernelThatTheCodeLacks) {
  model_.code().kernels[2]->symbol = "toyMissing";
  packTable();
  auto module = load(code_);
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code(), StatusCode::DataLoss);
  EXPECT_THAT(module.error().message(), testing::HasSubstr("toyMissing"));
}

INSTANTIATE_TEST_SUITE_P(
    Devices, DeviceConformanceTest,
    testing::Values(
        DeviceCase{"OneThread", [] { return createCpuDevice(1); }, toyCode},
        DeviceCase{"TwoThreads", [] { return createCpuDevice(2); }, toyCode}),
    [](const auto &info) { return info.param.name; });

} // namespace
} // namespace g4rt
