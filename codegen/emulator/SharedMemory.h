//===- SharedMemory.h - A block's shared memory, watched --------*- C++ -*-===//
//
// Every two bytes remember who wrote and who read them since which barrier.
// Reported are: a read of what nobody wrote; a read of what another thread
// wrote, or a write over what another thread read or wrote, without a barrier
// in between; any access to bytes that an async copy is still filling; an
// access outside of the memory or not aligned as the instruction needs.
//
// Two single bytes of one pair count as one place: neighbours that write them
// are reported though a GPU would keep them apart. No kernel has elements of
// one byte in shared memory.
//
// Not seen: bank conflicts, and orders that only the hardware's memory model
// allows. docs/emulator.md has the whole list.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_EMULATOR_SHAREDMEMORY_H
#define G4_CODEGEN_EMULATOR_SHAREDMEMORY_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace g4 {

class SharedMemory {
public:
  using Report = std::function<void(const std::string &)>;

  SharedMemory(size_t bytes, Report report);

  std::byte *data() const { return data_; }

  /// Fills the memory with poison and forgets everything.
  void reset();
  /// All threads have met: what was written is seen by all.
  void barrier() { ++epoch_; }

  void read(int thread, const void *from, size_t bytes, size_t alignment);
  void write(int thread, void *to, size_t bytes, size_t alignment);
  /// A copy to `to` is under way; landCopy() ends it.
  void beginCopy(int thread, void *to, size_t bytes);
  void landCopy(int thread, void *to, const std::byte *from, size_t bytes);

private:
  static constexpr int16_t kNobody = -1, kSeveral = -2;
  /// Of two bytes. Epochs of earlier blocks are below `first_`.
  struct Shadow {
    uint32_t writeEpoch = 0, readEpoch = 0;
    int16_t writer = kNobody, reader = kNobody;
    int16_t copier = kNobody; // an async copy by this thread is under way
  };
  struct Range {
    Shadow *begin = nullptr, *end = nullptr;
  };

  /// The shadows of an access; none, and a report, if it is not inside.
  Range check(const char *what, int thread, const void *at, size_t bytes,
              size_t alignment);
  void complain(const char *what, int thread, const void *at,
                const std::string &why);
  void complainOfRead(int thread, const void *at, const Shadow &shadow);
  void complainOfWrite(int thread, const void *at, const Shadow &shadow);

  std::vector<std::byte> storage_;
  std::byte *data_;
  size_t bytes_;
  std::vector<Shadow> shadow_;
  uint32_t first_ = 1; // epoch in which the block began
  uint32_t epoch_ = 1;
  Report report_;
};

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_SHAREDMEMORY_H
