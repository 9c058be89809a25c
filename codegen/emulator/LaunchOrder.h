//===- LaunchOrder.h - Order between the blocks of a launch -----*- C++ -*-===//
//
// The blocks of a grid are independent, but for g4t.arrive: what a block wrote
// before it arrived at a counter may be read by a block that arrived there
// later. Any other read of bytes that another block of the launch wrote is a
// mistake. Watched only in launches whose kernel counts arrivals.
//
// Vector clocks, as for threads in a race detector: a block's clock says up to
// which of its arrivals it has seen each other block.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_EMULATOR_LAUNCHORDER_H
#define G4_CODEGEN_EMULATOR_LAUNCHORDER_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace g4 {

/// One launch; its blocks may run on several host threads.
class LaunchOrder {
public:
  using Clock = std::unordered_map<uint32_t, uint32_t>; // block to its epoch
  /// Where a block is: its number, arrivals so far, what it has seen.
  struct Place {
    uint32_t block = 0, epoch = 1;
    Clock seen = {};
  };

  /// From now on accesses are watched.
  void watch() { isWatching_ = true; }
  /// The place of a new block.
  Place begin() { return {.block = ++numBlocks_}; }

  void write(const Place &place, const void *to, size_t bytes);
  bool mayRead(const Place &place, const void *from, size_t bytes);
  /// Adds one to the counter; gives what was there. Without `ordered` (a
  /// relaxed atomic) nothing that was written becomes visible by it.
  uint32_t increment(Place &place, uint32_t *counter, bool ordered);

private:
  struct Writer {
    uint32_t block = 0; // 0: nobody in this launch
    uint32_t epoch = 0;
  };
  static constexpr size_t kUnit = 16;

  static void merge(Clock &into, const Clock &from);

  std::atomic<bool> isWatching_ = false;
  std::atomic<uint32_t> numBlocks_ = 0;
  std::mutex mutex_;                                     // of all below
  std::unordered_map<const uint32_t *, Clock> released_; // by counter
  std::unordered_map<uintptr_t, std::array<Writer, kUnit>> writers_;
};

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_LAUNCHORDER_H
