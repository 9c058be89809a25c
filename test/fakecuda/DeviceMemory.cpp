//===- DeviceMemory.cpp - Memory of a GPU that is not there ---------------===//

#include "test/fakecuda/DeviceMemory.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace g4::fakecuda {

constexpr size_t kPageBytes = 4096, kRedZoneBytes = 256;
constexpr int kFresh = 0xff;
constexpr std::byte kRed{0xa5};

static std::byte *pointer(Address address) {
  return reinterpret_cast<std::byte *>(address);
}

DeviceMemory::~DeviceMemory() {
  while (!allocations_.empty())
    release(allocations_.begin()->first);
}

Address DeviceMemory::allocate(size_t bytes) {
  if (bytes > freeBytes())
    return 0;
  size_t mapped = (bytes + kRedZoneBytes + kPageBytes - 1) & ~(kPageBytes - 1);
  void *at = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return 0;
  std::memset(at, kFresh, bytes);
  std::memset(static_cast<std::byte *>(at) + bytes, static_cast<int>(kRed),
              kRedZoneBytes);
  ::mprotect(at, mapped, PROT_NONE);
  auto address = reinterpret_cast<Address>(at);
  allocations_[address] = {bytes, mapped};
  used_ += bytes;
  return address;
}

bool DeviceMemory::release(Address address) {
  auto found = allocations_.find(address);
  if (found == allocations_.end())
    return false;
  ::munmap(pointer(address), found->second.mappedBytes);
  used_ -= found->second.bytes;
  allocations_.erase(found);
  return true;
}

bool DeviceMemory::holds(Address address, size_t bytes) const {
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin())
    return false;
  const auto &[begin, allocation] = *std::prev(next);
  size_t offset = address - begin;
  return offset <= allocation.bytes && bytes <= allocation.bytes - offset;
}

std::vector<MemoryRange> DeviceMemory::ranges() const {
  std::vector<MemoryRange> result;
  for (const auto &[begin, allocation] : allocations_)
    result.push_back({begin, begin + allocation.bytes});
  return result;
}

void DeviceMemory::protect(bool isOpen) {
  for (const auto &[begin, allocation] : allocations_)
    ::mprotect(pointer(begin), allocation.mappedBytes,
               isOpen ? PROT_READ | PROT_WRITE : PROT_NONE);
}

std::string DeviceMemory::damage() const {
  for (const auto &[begin, allocation] : allocations_) {
    const std::byte *zone = pointer(begin) + allocation.bytes;
    if (!std::all_of(zone, zone + kRedZoneBytes,
                     [](std::byte b) { return b == kRed; }))
      return "bytes after the " + std::to_string(allocation.bytes) +
             " of an allocation were written";
  }
  return {};
}

} // namespace g4::fakecuda
