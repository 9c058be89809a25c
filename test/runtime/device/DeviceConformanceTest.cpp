// What every device does, whatever it is: a new one is done when its row in the
// list at the end passes. The code is ToyKernels.cpp, so a device of another
// kind also gives its build of that.
//
//   g4rt-device-test --cuda-code=FOLDER --hip-code=FOLDER
//
// runs the suite on cuda:0 and hip:0 as well, with the machine's drivers and
// the code in FOLDER, made of ToyKernels.cu: toy.cubin or toy.ptx, and
// toy.hsaco.

#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/device/cuda/CudaDevice.h"
#include "runtime/device/hip/HipDevice.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <numeric>

#include "test/support/ScriptedVendors.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

struct DeviceCase {
  std::string name;
  /// May use a driver that lives as long as the test.
  std::function<Result<std::unique_ptr<Device>>(
      std::unique_ptr<ScriptedDriver> &)>
      create;
  std::string code;
  artifact::CodeFormat format = artifact::CodeFormat::elf_shared_object;
};

class DeviceConformanceTest : public testing::TestWithParam<DeviceCase> {
protected:
  void SetUp() override {
    auto device = GetParam().create(driver_);
    ASSERT_TRUE(device) << device.error().message();
    device_ = *std::move(device);
    code_ = GetParam().code;
    model_.code().format = GetParam().format;
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

  std::vector<int64_t> readNumbers(DeviceAddress from, size_t count) {
    std::vector<int64_t> numbers(count);
    std::string bytes = read(from, 8 * count);
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers;
  }
  /// Bytes that differ from place to place.
  static std::string someBytes(size_t count) {
    std::string bytes(count, '\0');
    for (size_t i = 0; i < count; ++i)
      bytes[i] = static_cast<char>(i * 2654435761u >> 19);
    return bytes;
  }

  std::unique_ptr<ScriptedDriver> driver_; // outlives the device
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

TEST_P(DeviceConformanceTest, CopiesOfAnySizeArriveWhole) {
  constexpr size_t kLargest = 40'000'003; // more than any staging buffer
  DeviceAddress at = allocate(kLargest + 1);
  for (size_t size : {size_t{1}, size_t{3}, size_t{255}, size_t{257},
                      size_t{65537}, kLargest}) {
    std::string bytes = someBytes(size);
    ASSERT_TRUE(device_->copyIn(at + 1, bytesOf(bytes)).ok());
    ASSERT_TRUE(read(at + 1, size) == bytes) << size;
  }
  EXPECT_EQ(read(at, 1), std::string(1, '\0'));
}

TEST_P(DeviceConformanceTest, AdoptsWeightsOfAnySize) {
  std::string large = someBytes(40'000'003), small = someBytes(7);
  Result<DeviceAddress> first = device_->adopt(bytesOf(large));
  Result<DeviceAddress> second = device_->adopt(bytesOf(small));
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(read(*first, large.size()) == large);
  EXPECT_EQ(read(*second, small.size()), small);
}

TEST_P(DeviceConformanceTest, ReadsWhatIsCopiedInBeforeItReturns) {
  DeviceAddress at = allocate(4);
  std::string bytes = "abcd";
  ASSERT_TRUE(device_->copyIn(at, bytesOf(bytes)).ok());
  bytes = "wxyz";
  EXPECT_EQ(read(at, 4), "abcd");
}

TEST_P(DeviceConformanceTest, CopiesIntoMemoryOfTheHostThatItGave) {
  Result<std::span<std::byte>> host = device_->allocateHost(100);
  ASSERT_TRUE(host) << host.error().message();
  ASSERT_EQ(host->size(), 100u);
  DeviceAddress at = allocate(100);
  std::string bytes = someBytes(100);
  ASSERT_TRUE(device_->copyIn(at, bytesOf(bytes)).ok());
  ASSERT_TRUE(device_->copyOut(*host, at).ok());
  EXPECT_EQ(std::memcmp(host->data(), bytes.data(), 100), 0);
}

TEST_P(DeviceConformanceTest, CopiesSeveralPlacesAtOnce) {
  DeviceAddress at = allocate(100);
  std::string bytes = someBytes(100), first(30, '?'), second(50, '?');
  ASSERT_TRUE(device_->copyIn(at, bytesOf(bytes)).ok());
  auto part = [](std::string &to) {
    return std::as_writable_bytes(std::span(to.data(), to.size()));
  };
  HostCopy copies[] = {{part(first), at + 70}, {{}, at}, {part(second), at}};
  ASSERT_TRUE(device_->copyOutAll(copies).ok());
  EXPECT_EQ(first, bytes.substr(70));
  EXPECT_EQ(second, bytes.substr(0, 50));
  EXPECT_TRUE(device_->copyOutAll({}).ok());
}

TEST_P(DeviceConformanceTest, HasNoMoreFreeMemoryThanMemory) {
  Result<DeviceMemory> memory = device_->memory();
  ASSERT_TRUE(memory) << memory.error().message();
  EXPECT_GT(memory->freeBytes, 0u);
  EXPECT_LE(memory->freeBytes, memory->totalBytes);
}

TEST_P(DeviceConformanceTest, ClearsPartsOfAnAllocation) {
  DeviceAddress at = allocate(8);
  ASSERT_TRUE(device_->copyIn(at, bytesOf("abcdefgh")).ok());
  ASSERT_TRUE(device_->clear(at + 2, 3).ok());
  EXPECT_EQ(read(at, 8), std::string("ab\0\0\0fgh", 8));
}

TEST_P(DeviceConformanceTest, CopiesFromOnePlaceToAnother) {
  DeviceAddress from = allocate(8), to = allocate(8);
  ASSERT_TRUE(device_->copyIn(from, bytesOf("abcdefgh")).ok());
  ASSERT_TRUE(device_->copy(to + 1, from + 2, 3).ok());
  // What is written later does not come with it.
  ASSERT_TRUE(device_->copyIn(from, bytesOf("ijklmnop")).ok());
  EXPECT_EQ(read(to, 8), std::string("\0cde\0\0\0\0", 8));
}

TEST_P(DeviceConformanceTest, CopiesNothing) {
  DeviceAddress at = allocate(4);
  EXPECT_TRUE(device_->copy(at, at, 0).ok());
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

TEST_P(DeviceConformanceTest, RunsAKernelWithoutArguments) {
  auto module = load(code_);
  ASSERT_TRUE(module);
  KernelCall call;
  call.module = module->get();
  call.kernel = kToyNothing;
  EXPECT_TRUE(device_->launch(call).ok());
  EXPECT_TRUE(device_->synchronize().ok());
}

TEST_P(DeviceConformanceTest, ATimedLaunchHasHappenedAndTookTime) {
  auto module = load(code_);
  ASSERT_TRUE(module);
  DeviceAddress value = allocate(8);
  uint64_t args[] = {static_cast<uint64_t>(value), 5};
  Result<double> seconds = device_->launchTimed(
      {.module = module->get(), .kernel = kToyScale, .args = args});
  ASSERT_TRUE(seconds) << seconds.error().message();
  EXPECT_GT(*seconds, 0);
  EXPECT_EQ(readNumbers(value, 1)[0], 5);
}

TEST_P(DeviceConformanceTest, GraphsRunAllTheirLaunchesInOrderEachTime) {
  auto module = load(code_);
  ASSERT_TRUE(module);
  if (!device_->hasGraphs()) {
    auto graph = device_->capture({});
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code(), StatusCode::Unimplemented);
    return;
  }
  DeviceAddress values = allocate(8 * 50);
  uint64_t first[] = {static_cast<uint64_t>(values), 1};
  uint64_t second[] = {static_cast<uint64_t>(values), 10};
  KernelCall calls[] = {{.module = module->get(),
                         .kernel = kToyScale,
                         .gridX = 50,
                         .args = first},
                        {.module = module->get(),
                         .kernel = kToyScale,
                         .gridX = 49,
                         .args = second}};
  auto graph = device_->capture(calls);
  ASSERT_TRUE(graph) << graph.error().message();
  first[0] = second[0] = first[1] = second[1] = 0;
  EXPECT_EQ(readNumbers(values, 50)[0], 0); // nothing has run yet
  ASSERT_TRUE(device_->launchGraph(**graph).ok());
  ASSERT_TRUE(device_->launchGraph(**graph).ok());
  std::vector<int64_t> result = readNumbers(values, 50);
  EXPECT_EQ(result[0], 2 * (2 * 12 + 1) + 10); // 0 -> 1 -> 12 -> 25 -> 60
  EXPECT_EQ(result[48], 60);
  EXPECT_EQ(result[49], 3); // the second launch is one item shorter
}

TEST_P(DeviceConformanceTest, AGraphReadsWhatWasCopiedBeforeItsLaunch) {
  if (!device_->hasGraphs())
    GTEST_SKIP() << "no graphs";
  auto module = load(code_);
  ASSERT_TRUE(module);
  DeviceAddress value = allocate(8);
  uint64_t args[] = {static_cast<uint64_t>(value), 1};
  KernelCall call{.module = module->get(), .kernel = kToyScale, .args = args};
  auto graph = device_->capture(std::span(&call, 1));
  ASSERT_TRUE(graph) << graph.error().message();
  for (int64_t number : {5, 70, 900}) {
    ASSERT_TRUE(
        device_->copyIn(value, std::as_bytes(std::span(&number, 1))).ok());
    ASSERT_TRUE(device_->launchGraph(**graph).ok());
    EXPECT_EQ(readNumbers(value, 1)[0], 2 * number + 1);
  }
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

TEST_P(DeviceConformanceTest, LoadsManyModules) {
  std::vector<std::unique_ptr<KernelModule>> modules;
  for (int i = 0; i < 20; ++i) {
    auto module = load(code_);
    ASSERT_TRUE(module) << module.error().message();
    modules.push_back(*std::move(module));
    if (i % 3 == 2)
      modules.erase(modules.begin());
  }
  DeviceAddress value = allocate(8);
  for (const auto &module : modules)
    ASSERT_TRUE(scale(*module, value, 1, 1).ok());
  EXPECT_EQ(readNumbers(value, 1)[0],
            (int64_t{1} << modules.size()) - 1); // 2 v + 1 each
}

TEST_P(DeviceConformanceTest, NamesTheKernelThatTheCodeLacks) {
  model_.code().kernels[2]->symbol = "toyMissing";
  packTable();
  auto module = load(code_);
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code(), StatusCode::DataLoss);
  EXPECT_THAT(module.error().message(), testing::HasSubstr("toyMissing"));
}

//===----------------------------------------------------------------------===//
// The devices
//===----------------------------------------------------------------------===//

// Of the flags; set before the suite is made.
std::string cudaCodeFolder, hipCodeFolder;

DeviceCase cpuCase(const char *name, int numThreads) {
  return {name,
          [numThreads](std::unique_ptr<ScriptedDriver> &)
              -> Result<std::unique_ptr<Device>> {
            return createCpuDevice(numThreads);
          },
          toyCode()};
}

DeviceCase scriptedCase(const ScriptedVendor &vendor) {
  return {"Scripted" + vendor.name,
          [vendor](std::unique_ptr<ScriptedDriver> &driver) {
            driver = std::make_unique<ScriptedDriver>();
            return vendor.create(*driver, 0);
          },
          toyCode(), vendor.format};
}

using Create = Result<std::unique_ptr<Device>> (*)(int ordinal);

/// A GPU of this machine and its code in a folder.
struct GpuCode {
  const char *name;
  Create create;
  std::string path;
  artifact::CodeFormat format;
};

/// Those whose code is there.
std::vector<GpuCode> gpuCodes() {
  using artifact::CodeFormat;
  std::vector<GpuCode> all = {
      {"Cubin", createCudaDevice, cudaCodeFolder + "/toy.cubin",
       CodeFormat::cubin},
      {"Ptx", createCudaDevice, cudaCodeFolder + "/toy.ptx", CodeFormat::ptx},
      {"Hsaco", createHipDevice, hipCodeFolder + "/toy.hsaco",
       CodeFormat::hsaco}};
  std::erase_if(all, [](const GpuCode &code) {
    return !std::filesystem::exists(code.path);
  });
  return all;
}

std::vector<DeviceCase> allCases() {
  std::vector<DeviceCase> cases = {cpuCase("OneThread", 1),
                                   cpuCase("TwoThreads", 2)};
  for (const ScriptedVendor &vendor : scriptedVendors())
    cases.push_back(scriptedCase(vendor));
  for (const GpuCode &code : gpuCodes())
    cases.push_back({code.name,
                     [create = code.create](std::unique_ptr<ScriptedDriver> &) {
                       return create(0);
                     },
                     readWholeFile(code.path), code.format});
  return cases;
}

/// The first to open a GPU makes its context and the last one destroys it,
/// which would be each test: the slower, the more GPUs a machine has. If it
/// cannot be opened the tests say why.
std::vector<std::unique_ptr<Device>> keepGpusOpen() {
  std::vector<std::unique_ptr<Device>> open;
  for (const GpuCode &code : gpuCodes())
    if (auto device = code.create(0))
      open.push_back(*std::move(device));
  return open;
}

INSTANTIATE_TEST_SUITE_P(Devices, DeviceConformanceTest,
                         testing::ValuesIn(allCases()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace g4rt

int main(int argc, char **argv) {
  std::vector<std::string> missing;
  auto take = [&](std::string_view argument, std::string_view flag,
                  std::string &folder, std::vector<const char *> files) {
    if (!argument.starts_with(flag))
      return;
    folder = argument.substr(flag.size());
    bool isThere = std::ranges::any_of(files, [&](const char *file) {
      return std::filesystem::exists(folder + "/" + file);
    });
    if (!isThere)
      missing.push_back(folder + ": no " + files[0]);
  };
  for (int i = 1; i < argc; ++i) {
    take(argv[i], "--cuda-code=", g4rt::cudaCodeFolder,
         {"toy.cubin", "toy.ptx"});
    take(argv[i], "--hip-code=", g4rt::hipCodeFolder, {"toy.hsaco"});
  }
  testing::InitGoogleMock(&argc, argv);
  for (const std::string &what : missing)
    std::fprintf(stderr, "%s\n", what.c_str());
  if (!missing.empty())
    return 2;
  auto gpus = g4rt::keepGpusOpen();
  return RUN_ALL_TESTS();
}
