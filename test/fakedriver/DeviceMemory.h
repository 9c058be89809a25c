//===- DeviceMemory.h - Memory of a GPU that is not there -------*- C++ -*-===//
//
// Allocations are pages of this process that nobody may touch but while a
// device works (Opened): a host that reads through a device's address crashes,
// as it would with a GPU. Fresh memory is 0xff, as nothing says it is zeros.
// Behind each allocation lies a red zone.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKEDRIVER_DEVICEMEMORY_H
#define G4_TEST_FAKEDRIVER_DEVICEMEMORY_H

#include "codegen/emulator/Emulator.h"

#include <map>
#include <string>
#include <vector>

#include "test/fakedriver/Types.h"

namespace g4::fakedriver {

class DeviceMemory {
public:
  explicit DeviceMemory(size_t totalBytes) : total_(totalBytes) {}
  ~DeviceMemory();

  /// 256-byte aligned. 0 if there is not enough.
  Address allocate(size_t bytes);
  /// False if no allocation begins there.
  bool release(Address address);
  /// Whether these bytes lie in one allocation.
  bool holds(Address address, size_t bytes) const;

  size_t totalBytes() const { return total_; }
  size_t freeBytes() const { return total_ - used_; }
  /// All allocations, by rising address.
  std::vector<MemoryRange> ranges() const;

  /// Lets host code touch the memory while it lives.
  class Opened {
  public:
    explicit Opened(DeviceMemory &memory) : memory_(memory) {
      if (memory_.numOpened_++ == 0)
        memory_.protect(/*isOpen=*/true);
    }
    ~Opened() {
      if (--memory_.numOpened_ == 0)
        memory_.protect(/*isOpen=*/false);
    }
    Opened(const Opened &) = delete;

  private:
    DeviceMemory &memory_;
  };
  /// While it is open: an allocation whose red zone was written, or "".
  std::string damage() const;

private:
  struct Allocation {
    size_t bytes, mappedBytes;
  };
  void protect(bool isOpen);

  size_t total_, used_ = 0;
  int numOpened_ = 0;
  std::map<Address, Allocation> allocations_;
};

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_DEVICEMEMORY_H
