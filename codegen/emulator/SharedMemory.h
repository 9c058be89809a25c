//===- SharedMemory.h - A block's shared memory, watched --------*- C++ -*-===//
//
// Every byte remembers who wrote and who read it since which barrier. Reported
// are: a read of what nobody wrote; a read of what another thread wrote, or a
// write over what another thread read or wrote, without a barrier in between;
// any access to bytes that an async copy is still filling; an access outside of
// the memory or not aligned as the instruction needs.
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
  static constexpr int kNobody = -1, kSeveral = -2;
  struct Shadow {
    uint32_t writeEpoch = 0, readEpoch = 0;
    int writer = kNobody, reader = kNobody;
    int copier = kNobody; // an async copy by this thread is under way
  };

  /// The first byte's shadow; null, and a report, if the access is not inside.
  Shadow *check(const char *what, int thread, const void *at, size_t bytes,
                size_t alignment);
  void complain(const char *what, int thread, const void *at,
                const std::string &why);

  std::vector<std::byte> storage_;
  std::byte *data_;
  size_t bytes_;
  std::vector<Shadow> shadow_;
  uint32_t epoch_ = 1;
  Report report_;
};

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_SHAREDMEMORY_H
