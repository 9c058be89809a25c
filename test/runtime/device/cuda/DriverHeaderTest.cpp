// The declarations of gpu/DriverTypes.h and CudaDriver.h against NVIDIA's own,
// where a toolkit is installed: nothing else checks them before a real GPU.

#include "runtime/device/cuda/CudaDriver.h"

#include <gtest/gtest.h>

#if __has_include(<cuda.h>)
#include <algorithm>
#include <cuda.h>
#include <type_traits>

namespace g4rt::cuda {
namespace {

using namespace gpu;

bool isAmong(std::span<const DriverResult> all, CUresult result) {
  return std::find(all.begin(), all.end(), static_cast<int>(result)) !=
         all.end();
}
bool isSticky(CUresult result) { return isAmong(kCudaFacts.sticky, result); }
bool isBusy(CUresult result) { return isAmong(kCudaFacts.busy, result); }

/// What a parameter is in a call: all pointers are one kind, enums and numbers
/// of the same size another.
template <typename T>
constexpr int kindOf() {
  if constexpr (std::is_pointer_v<T>)
    return -1;
  else
    return sizeof(T);
}

template <typename Ours, typename Theirs>
struct IsSameCall : std::false_type {};
template <typename R1, typename... A1, typename R2, typename... A2>
  requires(sizeof...(A1) == sizeof...(A2))
struct IsSameCall<R1 (*)(A1...), R2 (*)(A2...)>
    : std::bool_constant<kindOf<R1>() == kindOf<R2>() &&
                         ((kindOf<A1>() == kindOf<A2>()) && ...)> {};

// cuda.h's macros give each name the version that its declarations have: the
// symbol in our list has to be that one, or one that takes the same.
#define G4_COMPARE(member, symbol, ...)                                        \
  static_assert(IsSameCall<decltype(CudaTable().member.call),                  \
                           decltype(&::symbol)>::value,                        \
                #symbol);
G4_CUDA_SHARED_FUNCTIONS(G4_COMPARE)
G4_CUDA_OWN_FUNCTIONS(G4_COMPARE)
#undef G4_COMPARE

// Those whose description ends with "the process must be terminated and
// relaunched" or says that the memory is gone, and that CUDA 12.0 has.
TEST(DriverHeaderTest, ErrorsAfterWhichTheProcessMustEndAreSticky) {
  for (CUresult result :
       {CUDA_ERROR_ECC_UNCORRECTABLE, CUDA_ERROR_ILLEGAL_ADDRESS,
        CUDA_ERROR_LAUNCH_TIMEOUT, CUDA_ERROR_ASSERT,
        CUDA_ERROR_HARDWARE_STACK_ERROR, CUDA_ERROR_ILLEGAL_INSTRUCTION,
        CUDA_ERROR_MISALIGNED_ADDRESS, CUDA_ERROR_INVALID_ADDRESS_SPACE,
        CUDA_ERROR_INVALID_PC, CUDA_ERROR_LAUNCH_FAILED,
        CUDA_ERROR_MPS_CLIENT_TERMINATED, CUDA_ERROR_EXTERNAL_DEVICE}) {
    EXPECT_TRUE(isSticky(result)) << result;
    EXPECT_FALSE(isBusy(result)) << result;
  }
}

TEST(DriverHeaderTest, ErrorsThatPassAreNotSticky) {
  for (CUresult result :
       {CUDA_ERROR_DEVICE_UNAVAILABLE, CUDA_ERROR_MPS_SERVER_NOT_READY,
        CUDA_ERROR_MPS_MAX_CLIENTS_REACHED,
        CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED}) {
    EXPECT_TRUE(isBusy(result)) << result;
    EXPECT_FALSE(isSticky(result)) << result;
  }
}

TEST(DriverHeaderTest, TheNumbersAreNvidias) {
  EXPECT_EQ(kSuccess, static_cast<int>(CUDA_SUCCESS));
  EXPECT_EQ(kInvalidValue, static_cast<int>(CUDA_ERROR_INVALID_VALUE));
  EXPECT_EQ(kOutOfMemory, static_cast<int>(CUDA_ERROR_OUT_OF_MEMORY));
  EXPECT_EQ(kDeviceUnavailable,
            static_cast<int>(CUDA_ERROR_DEVICE_UNAVAILABLE));
  EXPECT_EQ(kNoDevice, static_cast<int>(CUDA_ERROR_NO_DEVICE));
  EXPECT_EQ(kInvalidImage, static_cast<int>(CUDA_ERROR_INVALID_IMAGE));
  EXPECT_EQ(kNotFound, static_cast<int>(CUDA_ERROR_NOT_FOUND));
  EXPECT_EQ(kIllegalAddress, static_cast<int>(CUDA_ERROR_ILLEGAL_ADDRESS));
  EXPECT_EQ(int{kMaxThreadsPerBlock},
            static_cast<int>(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
  EXPECT_EQ(int{kMaxGridX},
            static_cast<int>(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X));
  EXPECT_EQ(int{kMaxGridY},
            static_cast<int>(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y));
  EXPECT_EQ(int{kMultiprocessorCount},
            static_cast<int>(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT));
  EXPECT_EQ(int{kComputeCapabilityMajor},
            static_cast<int>(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR));
  EXPECT_EQ(int{kComputeCapabilityMinor},
            static_cast<int>(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
  EXPECT_EQ(
      int{kMaxSharedMemoryPerBlockOptin},
      static_cast<int>(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
  EXPECT_EQ(int{kFunctionMaxThreadsPerBlock},
            static_cast<int>(CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
  EXPECT_EQ(int{kFunctionStaticSharedBytes},
            static_cast<int>(CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES));
  EXPECT_EQ(int{kFunctionMaxDynamicSharedBytes},
            static_cast<int>(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES));
  EXPECT_EQ(int{kJitErrorLogBuffer}, static_cast<int>(CU_JIT_ERROR_LOG_BUFFER));
  EXPECT_EQ(int{kJitErrorLogBufferBytes},
            static_cast<int>(CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES));
  EXPECT_EQ(kStreamNonBlocking, unsigned{CU_STREAM_NON_BLOCKING});
  EXPECT_EQ(kEventDefault, unsigned{CU_EVENT_DEFAULT});
  EXPECT_EQ(kEventDisableTiming, unsigned{CU_EVENT_DISABLE_TIMING});
  EXPECT_EQ(kCaptureThreadLocal, int{CU_STREAM_CAPTURE_MODE_THREAD_LOCAL});
  EXPECT_EQ(sizeof(DriverUuid), sizeof(CUuuid));
}

} // namespace
} // namespace g4rt::cuda

#else

TEST(DriverHeaderTest, TheNumbersAreNvidias) {
  GTEST_SKIP() << "no CUDA toolkit is installed";
}

#endif
