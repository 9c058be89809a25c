// What GPUs do; DeviceConformanceTest has what all devices do.

#include "runtime/device/gpu/GpuDevice.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "test/support/ScriptedVendors.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt::gpu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class GpuDeviceTest : public ScriptedVendorTest {
protected:
  GpuDeviceTest() {
    model_.code().format = GetParam().format;
    auto device = open(0);
    EXPECT_TRUE(device) << device.error().message();
    if (device)
      device_ = *std::move(device);
  }
  Result<std::unique_ptr<Device>> open(int ordinal) {
    return GetParam().create(script_, ordinal);
  }
  std::string openComplaint(int ordinal = 0) {
    auto device = open(ordinal);
    return device ? "none" : device.error().toString();
  }
  std::unique_ptr<KernelModule> load() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    auto module = device_->loadCode(
        *flatbuffers::GetRoot<artifact::CodeObject>(builder.GetBufferPointer()),
        bytesOf(code_));
    EXPECT_TRUE(module) << module.error().message();
    return module ? *std::move(module) : nullptr;
  }

  /// "cuda:0 Toy GPU".
  std::string toy() { return driver_.facts().kind + std::string(":0 Toy GPU"); }

  ToyModel model_;
  std::string code_ = toyCode();
  std::unique_ptr<Device> device_;
};

TEST_P(GpuDeviceTest, SaysWhichGpuItIs) {
  EXPECT_EQ(device_->kind(), GetParam().kind);
  EXPECT_THAT(device_->name(), StartsWith(toy() + " (GPU-"));
}

TEST_P(GpuDeviceTest, KnowsWhatMemoryIsFree) {
  Result<DeviceMemory> before = device_->memory();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->totalBytes, uint64_t{1} << 30);
  ASSERT_TRUE(device_->allocate(1 << 20));
  Result<DeviceMemory> after = device_->memory();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->freeBytes, before->freeBytes - (1 << 20));
}

TEST_P(GpuDeviceTest, ARefusedAllocationSaysWhatWasWantedAndWhatIsFree) {
  ASSERT_TRUE(device_->allocate(1 << 20));
  auto at = device_->allocate(uint64_t{1} << 30);
  ASSERT_FALSE(at);
  EXPECT_EQ(at.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(at.error().message(),
              AllOf(StartsWith(toy()),
                    HasSubstr("no memory for 1073741824 bytes: 1072693248 of "
                              "1073741824 are free")));
}

TEST_P(GpuDeviceTest, GivesEverythingBack) {
  {
    auto module = load();
    ASSERT_TRUE(module);
    ASSERT_TRUE(device_->allocate(100));
    ASSERT_TRUE(device_->allocateHost(100));
    std::string weight(100, 'w');
    ASSERT_TRUE(device_->adopt(bytesOf(weight)));
    std::array<uint64_t, 2> args = {0, 0};
    KernelCall call{.module = module.get(), .kernel = kToyScale, .args = args};
    ASSERT_TRUE(device_->capture(std::span(&call, 1)));
  }
  device_.reset();
  for (const auto &[what, count] : script_.alive)
    EXPECT_EQ(count, 0) << what;
}

TEST_P(GpuDeviceTest, GivesBackWhatAnInterruptedStartHad) {
  device_.reset();
  for (const std::string &symbol :
       {symbol(&DriverTable::streamCreate), symbol(&DriverTable::eventCreate),
        symbol(&DriverTable::memHostAlloc)}) {
    script_.fail(symbol, kInvalidValue);
    EXPECT_THAT(openComplaint(), AllOf(HasSubstr(symbol), HasSubstr(toy())));
    for (const auto &[what, count] : script_.alive)
      EXPECT_EQ(count, 0) << what << " after " << symbol;
  }
}

/// Everything that a device does; the first status that is not good.
class GpuDeviceFailureTest : public GpuDeviceTest {
protected:
  Status doAll() {
    G4RT_ASSIGN(device_, open(0));
    if (auto memory = device_->memory(); !memory)
      return memory.error();
    return useMemory();
  }
  Status useMemory() {
    std::string bytes(100, 'w');
    G4RT_ASSIGN(DeviceAddress at, device_->allocate(100));
    G4RT_ASSIGN(DeviceAddress weight, device_->adopt(bytesOf(bytes)));
    G4RT_ASSIGN(std::span<std::byte> host, device_->allocateHost(100));
    G4RT_TRY(device_->copyIn(at, bytesOf(bytes)));
    G4RT_TRY(device_->copy(at, weight, 100));
    G4RT_TRY(device_->copyOut(host, at));
    return runKernels(at);
  }
  Status runKernels(DeviceAddress at) {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    G4RT_ASSIGN(std::unique_ptr<KernelModule> module,
                device_->loadCode(*flatbuffers::GetRoot<artifact::CodeObject>(
                                      builder.GetBufferPointer()),
                                  bytesOf(code_)));
    Status status = launch(*module, at);
    // What was put on the stream needs the module.
    (void)device_->synchronize();
    return status;
  }
  Status launch(const KernelModule &module, DeviceAddress at) {
    uint64_t args[] = {static_cast<uint64_t>(at), 1};
    KernelCall call{.module = &module, .kernel = kToyScale, .args = args};
    G4RT_TRY(device_->launch(call));
    if (auto seconds = device_->launchTimed(call); !seconds)
      return seconds.error();
    G4RT_ASSIGN(std::unique_ptr<KernelGraph> graph,
                device_->capture({&call, 1}));
    return device_->launchGraph(*graph);
  }
};

TEST_P(GpuDeviceFailureTest, EachFunctionThatFailsIsNamed) {
  // Words of an error, and what gives back, cannot fail a call.
  const std::set<std::string> silent = {
      "getErrorName",     "getErrorString",   "memFree",         "memFreeHost",
      "streamDestroy",    "eventDestroy",     "moduleUnload",    "graphDestroy",
      "graphExecDestroy", "driverGetVersion", "eventSynchronize"};
  std::vector<std::pair<std::string, std::string>> functions;
#define G4_LIST(member, parameters)                                            \
  functions.emplace_back(#member, symbol(&DriverTable::member));
  G4_DRIVER_FUNCTIONS(G4_LIST)
#undef G4_LIST
  for (const auto &[member, symbol] : functions) {
    if (silent.contains(member))
      continue;
    device_.reset();
    script_.isCapturing = false; // where the end of a capture failed
    script_.fail(symbol, kInvalidValue);
    Status status = doAll();
    EXPECT_FALSE(status.ok()) << member;
    EXPECT_THAT(status.message(), HasSubstr(symbol + ": ")) << member;
    EXPECT_THAT(status.message(), HasSubstr(errorName(kInvalidValue)));
  }
  device_.reset();
  EXPECT_EQ(doAll().toString(), Status().toString());
}

G4_EACH_VENDOR(GpuDeviceFailureTest);

TEST_P(GpuDeviceTest, AnotherThreadCanGoOnWithIt) {
  ASSERT_TRUE(device_->synchronize().ok());
  std::thread([&] { EXPECT_TRUE(device_->synchronize().ok()); }).join();
}

TEST_P(GpuDeviceTest, TwoGpusOnOneThreadKeepApart) {
  script_.gpus.push_back({.totalBytes = uint64_t{1} << 29});
  auto second = open(1);
  ASSERT_TRUE(second) << second.error().message();
  auto at = device_->allocate(1 << 20);
  ASSERT_TRUE(at) << at.error().message();
  EXPECT_EQ(script_.gpus[0].usedBytes, uint64_t{1} << 20);
  EXPECT_EQ(script_.gpus[1].usedBytes, 0u);
  EXPECT_TRUE((*second)->synchronize().ok());
  EXPECT_TRUE(device_->synchronize().ok());
  Result<DeviceMemory> memory = (*second)->memory();
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->totalBytes, uint64_t{1} << 29);
}

TEST_P(GpuDeviceTest, AStickyErrorMakesEveryLaterCallFailAtOnce) {
  auto module = load();
  auto at = device_->allocate(8);
  ASSERT_TRUE(at);
  script_.fail(symbol(&DriverTable::streamSynchronize), kIllegalAddress);
  Status first = device_->synchronize();
  EXPECT_EQ(first.code(), StatusCode::Unavailable);
  EXPECT_THAT(first.message(), HasSubstr(errorName(kIllegalAddress)));
  int launches = script_.numCalls(symbol(&DriverTable::launchKernel));
  uint64_t args[] = {static_cast<uint64_t>(*at), 1};
  KernelCall call{.module = module.get(), .kernel = kToyScale, .args = args};
  std::byte byte;
  for (const Status &status :
       {device_->launch(call), device_->copyIn(*at, std::span(&byte, 1)),
        device_->copyOut(std::span(&byte, 1), *at), device_->clear(*at, 1),
        device_->synchronize(), device_->allocate(8).error(),
        device_->memory().error(), device_->launchTimed(call).error(),
        device_->capture(std::span(&call, 1)).error()})
    EXPECT_EQ(status.toString(), first.toString());
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::launchKernel)), launches);
}

TEST_P(GpuDeviceTest, SeveralPlacesAreCopiedOutWithOneWait) {
  auto at = device_->allocate(16);
  ASSERT_TRUE(at);
  std::byte bytes[16];
  HostCopy copies[] = {{std::span(bytes, 8), *at + 8},
                       {std::span(bytes + 8, 8), *at}};
  int waits = script_.numCalls(symbol(&DriverTable::streamSynchronize));
  int back = script_.numCalls(symbol(&DriverTable::memcpyToHost));
  ASSERT_TRUE(device_->copyOutAll(copies).ok());
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::streamSynchronize)) - waits,
            1);
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::memcpyToHost)) - back, 2);
}

TEST_P(GpuDeviceTest, AnArgumentTooFewNeverReachesTheDriver) {
  auto module = load();
  uint64_t args[] = {0, 0, 0};
  for (size_t count : {0, 1, 3}) {
    Status status = device_->launch({.module = module.get(),
                                     .kernel = kToyScale,
                                     .args = std::span(args, count)});
    EXPECT_EQ(status.code(), StatusCode::InvalidArgument) << count;
  }
  EXPECT_EQ(script_.numCalls(symbol(&DriverTable::launchKernel)), 0);
}

TEST_P(GpuDeviceTest, AGridOfMoreRowsThanTheGpuCountsIsRefused) {
  auto module = load();
  uint64_t args[] = {0, 0, 0};
  Status status = device_->launch({.module = module.get(),
                                   .kernel = kToyGrid,
                                   .gridX = 1,
                                   .gridY = 65536,
                                   .args = args});
  EXPECT_EQ(status.code(), StatusCode::InvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("1 x 65536 items"));
}

TEST_P(GpuDeviceTest, AKernelsTimeIsTheGpus) {
  auto module = load();
  auto at = device_->allocate(8);
  ASSERT_TRUE(at);
  uint64_t args[] = {static_cast<uint64_t>(*at), 1};
  auto seconds = device_->launchTimed(
      {.module = module.get(), .kernel = kToyScale, .args = args});
  ASSERT_TRUE(seconds) << seconds.error().message();
  EXPECT_DOUBLE_EQ(*seconds, 0.0025); // what the scripted driver says
}

TEST_P(GpuDeviceTest, AFailedCaptureEndsTheCapture) {
  auto module = load();
  uint64_t args[] = {0, 0};
  KernelCall calls[] = {
      {.module = module.get(), .kernel = kToyScale, .args = args},
      {.module = module.get(), .kernel = 999, .args = args}};
  auto graph = device_->capture(calls);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code(), StatusCode::InvalidArgument);
  EXPECT_FALSE(script_.isCapturing);
  EXPECT_EQ(script_.alive["graph"], 0);
  EXPECT_TRUE(device_->capture(std::span(calls, 1)));
}

TEST_P(GpuDeviceTest, ANumberThatIsNotThereIsRefused) {
  EXPECT_THAT(openComplaint(9),
              HasSubstr(":9: no such GPU; 1 is visible: " + toy()));
}

G4_EACH_VENDOR(GpuDeviceTest);

} // namespace
} // namespace g4rt::gpu
