#include "runtime/device/cpu/CpuMemory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <sys/resource.h>

namespace g4rt {
namespace {

TEST(CpuMemoryTest, GivesZerosThatCanBeWritten) {
  constexpr size_t kBytes = 3 << 20;
  Result<CpuPages> pages = CpuPages::allocate(kBytes);
  ASSERT_TRUE(pages);
  auto *bytes = static_cast<volatile uint8_t *>(pages->data());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes) % 64, 0u);
  for (size_t i = 0; i < kBytes; i += 997)
    ASSERT_EQ(bytes[i], 0) << i;
  bytes[kBytes - 1] = 7;
  EXPECT_EQ(bytes[kBytes - 1], 7);
}

TEST(CpuMemoryTest, GivesAnAddressForNoBytes) {
  Result<CpuPages> pages = CpuPages::allocate(0);
  ASSERT_TRUE(pages);
  EXPECT_NE(pages->data(), nullptr);
}

TEST(CpuMemoryTest, RefusesMoreThanThereAreAddresses) {
  for (uint64_t bytes : {uint64_t{1} << 60, ~uint64_t{0}}) {
    Result<CpuPages> pages = CpuPages::allocate(bytes);
    ASSERT_FALSE(pages) << bytes;
    EXPECT_EQ(pages.error().code(), StatusCode::ResourceExhausted);
  }
}

TEST(CpuMemoryTest, MovesItsPages) {
  Result<CpuPages> first = CpuPages::allocate(100);
  Result<CpuPages> second = CpuPages::allocate(100);
  ASSERT_TRUE(first && second);
  void *at = first->data();
  *second = *std::move(first);
  EXPECT_EQ(second->data(), at);
  CpuPages third = *std::move(second);
  EXPECT_EQ(third.data(), at);
}

TEST(CpuMemoryTest, KnowsAMachineOfSomeSize) {
  // At least what this process has taken so far, and no address space.
  struct rusage usage;
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &usage), 0);
  EXPECT_GE(machineMemoryBytes(), uint64_t(usage.ru_maxrss) << 10);
  EXPECT_LT(machineMemoryBytes(), uint64_t{1} << 50);
}

} // namespace
} // namespace g4rt
