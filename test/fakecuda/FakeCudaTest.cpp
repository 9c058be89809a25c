// The fake driver is as strict as a real one, or more.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

#include "test/fakecuda/Api.h"
#include "test/fakedriver/Face.h"

namespace g4::fakedriver {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr size_t kMiB = size_t{1} << 20;

std::string faultFile() {
  return testing::TempDir() + "fakecuda-fault-" + std::to_string(::getpid());
}

/// Device 0 is for most tests, 1 and 2 are lost by one each, 3 is an old one.
class FakeCuda : public testing::Test {
protected:
  static void SetUpTestSuite() {
    ::unsetenv("CUDA_VISIBLE_DEVICES");
    ::setenv("G4_FAKE_CUDA_DEVICES", "9.0:64,9.0:64,9.0:64,8.0:64:Old", 1);
    ::setenv("G4_FAKE_CUDA_FAULT_FILE", faultFile().c_str(), 1);
    ASSERT_EQ(cuInit(0), kSuccess);
  }
  void SetUp() override { use(0); }

  void use(int device) {
    void *context = nullptr;
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, device), kSuccess);
    ASSERT_EQ(cuCtxSetCurrent(context), kSuccess);
    ASSERT_EQ(cuStreamCreate(&stream_, 1), kSuccess);
  }
  Address allocate(size_t bytes) {
    Address address = 0;
    EXPECT_EQ(cuMemAlloc_v2(&address, bytes), kSuccess);
    return address;
  }
  void *pinned(size_t bytes) {
    void *pointer = nullptr;
    EXPECT_EQ(cuMemHostAlloc(&pointer, bytes, 0), kSuccess);
    return pointer;
  }
  int loadTestCode(void **module) {
    std::ifstream file(G4_FAKE_TEST_CODE, std::ios::binary);
    code_.assign(std::istreambuf_iterator<char>(file), {});
    return cuModuleLoadDataEx(module, code_.data(), 0, nullptr, nullptr);
  }
  void *fillFunction() {
    void *module = nullptr, *function = nullptr;
    EXPECT_EQ(loadTestCode(&module), kSuccess);
    EXPECT_EQ(cuModuleGetFunction(&function, module, "fill"), kSuccess);
    return function;
  }
  int launch(void *function, Address at, uint64_t value, unsigned blocks,
             unsigned threads = 32, unsigned sharedBytes = 0) {
    void *params[] = {&at, &value};
    return cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, sharedBytes,
                          stream_, params, nullptr);
  }
  std::vector<uint32_t> read(Address from, size_t count) {
    std::vector<uint32_t> words(count);
    EXPECT_EQ(cuMemcpyDtoHAsync_v2(words.data(), from, 4 * count, stream_),
              kSuccess);
    EXPECT_EQ(cuStreamSynchronize(stream_), kSuccess);
    return words;
  }

  void *stream_ = nullptr;
  std::string code_;
};

TEST_F(FakeCuda, FreshMemoryIsNoZeros) {
  EXPECT_THAT(read(allocate(64), 16), Each(0xffffffffu));
}

TEST_F(FakeCuda, PinnedMemoryIsReadWhenTheCopyHappens) {
  Address at = allocate(4);
  auto *word = static_cast<uint32_t *>(pinned(4));
  *word = 1;
  cuMemcpyHtoDAsync_v2(at, word, 4, stream_);
  *word = 2;
  EXPECT_THAT(read(at, 1), ElementsAre(2));
}

TEST_F(FakeCuda, OtherMemoryIsReadAtTheCall) {
  Address at = allocate(4);
  uint32_t word = 1;
  cuMemcpyHtoDAsync_v2(at, &word, 4, stream_);
  word = 2;
  EXPECT_THAT(read(at, 1), ElementsAre(1));
}

TEST_F(FakeCuda, NothingComesBackBeforeSomebodyWaits) {
  Address at = allocate(4);
  uint32_t word = 7;
  cuMemsetD8Async(at, 0, 4, stream_);
  cuMemcpyDtoHAsync_v2(&word, at, 4, stream_);
  EXPECT_EQ(word, 7u);
  cuStreamSynchronize(stream_);
  EXPECT_EQ(word, 0u);
}

TEST_F(FakeCuda, AnEventWaitsForWhatCameBeforeItAlone) {
  Address at = allocate(4);
  uint32_t before = 7, after = 7;
  void *event = nullptr;
  cuEventCreate(&event, 2);
  cuMemsetD8Async(at, 0, 4, stream_);
  cuMemcpyDtoHAsync_v2(&before, at, 4, stream_);
  cuEventRecord(event, stream_);
  cuMemcpyDtoHAsync_v2(&after, at, 4, stream_);
  EXPECT_EQ(cuEventSynchronize(event), kSuccess);
  EXPECT_EQ(before, 0u);
  EXPECT_EQ(after, 7u);
  cuStreamSynchronize(stream_);
}

TEST_F(FakeCuda, ACopyOutsideOfAnAllocationIsRefused) {
  Address at = allocate(64);
  uint32_t word = 0;
  EXPECT_EQ(cuMemcpyHtoDAsync_v2(at + 62, &word, 4, stream_), kInvalidValue);
  EXPECT_EQ(cuMemsetD8Async(at - 1, 0, 4, stream_), kInvalidValue);
  EXPECT_EQ(cuMemFree_v2(at + 4), kInvalidValue);
  EXPECT_EQ(cuMemFree_v2(at), kSuccess);
  EXPECT_EQ(cuMemFree_v2(at), kInvalidValue);
}

TEST_F(FakeCuda, TheHostCannotReadTheDevicesMemory) {
  auto *at = reinterpret_cast<volatile int *>(allocate(64));
  EXPECT_DEATH((void)*at, "");
}

TEST_F(FakeCuda, MemoryRunsOut) {
  size_t before = 0, after = 0, total = 0;
  cuMemGetInfo_v2(&before, &total);
  EXPECT_EQ(total, 64 * kMiB);
  Address at = allocate(kMiB), other = 0;
  cuMemGetInfo_v2(&after, &total);
  EXPECT_EQ(before - after, kMiB);
  EXPECT_EQ(cuMemAlloc_v2(&other, after + 1), kOutOfMemory);
  EXPECT_EQ(cuMemFree_v2(at), kSuccess);
}

TEST_F(FakeCuda, AKernelRuns) {
  Address at = allocate(64 * 4);
  EXPECT_EQ(launch(fillFunction(), at, 5, 2), kSuccess);
  EXPECT_THAT(read(at, 64), Each(5));
}

TEST_F(FakeCuda, ALaunchThatAGpuRefusesIsRefused) {
  void *function = fillFunction();
  Address at = allocate(64 * 4);
  EXPECT_EQ(launch(function, at, 5, 1, /*threads=*/64), kInvalidValue);
  EXPECT_EQ(launch(function, at, 5, 0), kInvalidValue);
  EXPECT_EQ(launch(function, 0x1000, 5, 1), kInvalidValue);
  constexpr unsigned kMuch = 64 << 10;
  EXPECT_EQ(launch(function, at, 5, 1, 32, kMuch), kInvalidValue);
  EXPECT_EQ(cuFuncSetAttribute(function, 8, kMuch), kSuccess);
  EXPECT_EQ(launch(function, at, 5, 1, 32, kMuch), kSuccess);
  EXPECT_EQ(cuFuncSetAttribute(function, 8, 228 << 10), kInvalidValue);
}

TEST_F(FakeCuda, StaleHandlesAreRefused) {
  void *stream = stream_;
  EXPECT_EQ(cuStreamDestroy_v2(stream), kSuccess);
  EXPECT_EQ(cuStreamSynchronize(stream), kInvalidHandle);
  EXPECT_EQ(launch(fillFunction(), allocate(128), 1, 1), kInvalidHandle);
}

TEST_F(FakeCuda, AGraphRepeatsWhatWasCaptured) {
  void *graph = nullptr, *exec = nullptr, *function = fillFunction();
  Address at = allocate(128);
  cuStreamBeginCapture_v2(stream_, 1);
  launch(function, at, 3, 1);
  EXPECT_EQ(cuStreamEndCapture(stream_, &graph), kSuccess);
  EXPECT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), kSuccess);
  EXPECT_THAT(read(at, 32), Each(0xffffffffu)); // captured is not launched
  for (int i = 0; i < 2; ++i) {
    cuMemsetD8Async(at, 0, 128, stream_);
    EXPECT_EQ(cuGraphLaunch(exec, stream_), kSuccess);
    EXPECT_THAT(read(at, 32), Each(3));
  }
}

TEST_F(FakeCuda, AWaitBreaksACapture) {
  void *graph = nullptr;
  Address address = 0;
  cuStreamBeginCapture_v2(stream_, 1);
  EXPECT_EQ(cuStreamSynchronize(stream_), kCaptureUnsupported);
  EXPECT_EQ(cuMemAlloc_v2(&address, 64), kCaptureUnsupported);
  EXPECT_EQ(cuStreamEndCapture(stream_, &graph), kCaptureInvalidated);
  EXPECT_EQ(cuStreamSynchronize(stream_), kSuccess);
}

TEST_F(FakeCuda, AKernelThatLeavesItsBufferLosesTheDevice) {
  use(1);
  Address at = allocate(32 * 4), other = 0;
  testing::internal::CaptureStderr();
  EXPECT_EQ(launch(fillFunction(), at, 5, 2), kSuccess);
  EXPECT_EQ(cuStreamSynchronize(stream_), kIllegalAddress);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("outside of all buffers"));
  EXPECT_EQ(cuMemAlloc_v2(&other, 64), kIllegalAddress);
  use(0);
  EXPECT_EQ(cuMemAlloc_v2(&other, 64), kSuccess);
}

TEST_F(FakeCuda, AFaultFileLosesTheDevice) {
  use(2);
  void *function = fillFunction();
  Address at = allocate(32 * 4);
  launch(function, at, 5, 1);
  EXPECT_EQ(cuStreamSynchronize(stream_), kSuccess);
  std::ofstream(faultFile()).put('\n');
  launch(function, at, 5, 1);
  EXPECT_EQ(cuStreamSynchronize(stream_), kIllegalAddress);
  EXPECT_FALSE(std::ifstream(faultFile()).good());
}

TEST_F(FakeCuda, CodeForAnotherGpuIsRefused) {
  use(3);
  void *module = nullptr;
  EXPECT_EQ(loadTestCode(&module), kNoBinaryForGpu);
  EXPECT_EQ(cuModuleLoadDataEx(&module, ".version 8.0", 0, nullptr, nullptr),
            kNoBinaryForGpu);
}

TEST_F(FakeCuda, AThreadWithoutAContextCanDoNothing) {
  cuCtxSetCurrent(nullptr);
  Address address = 0;
  EXPECT_EQ(cuMemAlloc_v2(&address, 64), kInvalidContext);
}

TEST(FakeCudaSettings, DevicesAreThoseOfTheVariable) {
  ::setenv("G4_FAKE_CUDA_DEVICES", "9.0:4096:NVIDIA H200,12.0", 1);
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  Settings settings = Settings::fromEnvironment();
  ASSERT_EQ(settings.devices.size(), 2u);
  EXPECT_EQ(settings.devices[0].name, "NVIDIA H200");
  EXPECT_EQ(settings.devices[0].memoryBytes, 4096 * kMiB);
  EXPECT_EQ(settings.devices[0].maxSharedBytes, 227 << 10);
  EXPECT_EQ(settings.devices[1].major, 12);
  EXPECT_EQ(settings.devices[1].maxSharedBytes, 99 << 10);
}

TEST(FakeCudaSettings, VisibleDevicesAreNumbersOrUuids) {
  ::setenv("G4_FAKE_CUDA_DEVICES", "9.0:1,9.0:2,9.0:3", 1);
  auto visible = [](const std::string &list) {
    ::setenv("CUDA_VISIBLE_DEVICES", list.c_str(), 1);
    std::vector<size_t> sizes;
    for (const DeviceSettings &device : Settings::fromEnvironment().devices)
      sizes.push_back(device.memoryBytes / kMiB);
    ::unsetenv("CUDA_VISIBLE_DEVICES");
    return sizes;
  };
  EXPECT_THAT(visible("2,0"), ElementsAre(3, 1));
  EXPECT_THAT(visible(face().uuidText(face().uuidOf(1))), ElementsAre(2));
  EXPECT_THAT(visible("1,7,0"), ElementsAre(2)); // it ends at what is not there
  EXPECT_THAT(visible(""), ElementsAre());
}

} // namespace
} // namespace g4::fakedriver
