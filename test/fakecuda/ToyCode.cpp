//===- ToyCode.cpp - The code of ToyModel for the fake driver -------------===//
//
// The functions of ToyKernels.cpp as kernels of the emulator, with a block of
// one thread for each item: for the conformance suite of devices. Their
// accesses are not watched; what they write behind an allocation is seen.
//
//===----------------------------------------------------------------------===//

#include <cstdint>

#define toyEmbed embed
#define toyStore store
#define toySumAll sumAll
#define toySumWindow sumWindow
#define toyTiles tiles
#define toyLogits logits
#define toyGrid gridItem
#define toyScale scaleItem
#define toyNothing nothing
namespace device {
#include "test/support/ToyKernels.cpp"
} // namespace device
#undef toyEmbed
#undef toyStore
#undef toySumAll
#undef toySumWindow
#undef toyTiles
#undef toyLogits
#undef toyGrid
#undef toyScale
#undef toyNothing

// The numbers: threads, size of a warp, bytes of scratch, parameters, and none
// of them an address that the driver is to check.
#define G4_KERNEL(name, function, numParams)                                   \
  extern "C" {                                                                 \
  extern const int64_t g4emu_info_##name[] = {1, 32, 0, numParams, 0};         \
  void name(const uint64_t *args, int64_t x, int64_t y, void *scratch,         \
            int64_t) {                                                         \
    device::function(args, x, y, scratch);                                     \
  }                                                                            \
  }

G4_KERNEL(toyEmbed, embed, 3)
G4_KERNEL(toyStore, store, 6)
G4_KERNEL(toySumAll, sumAll, 7)
G4_KERNEL(toySumWindow, sumWindow, 7)
G4_KERNEL(toyTiles, tiles, 3)
G4_KERNEL(toyLogits, logits, 4)
G4_KERNEL(toyGrid, gridItem, 3)
G4_KERNEL(toyScale, scaleItem, 2)
G4_KERNEL(toyNothing, nothing, 0)
