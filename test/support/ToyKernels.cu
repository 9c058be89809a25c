//===- ToyKernels.cu - The code of ToyModel for GPUs ----------------------===//
//
// The functions of ToyKernels.cpp, each called by a kernel that has what
// GpuDevice expects: its arguments by value, 8 bytes each, and a block of one
// thread for each item. For NVIDIA's by nvcc, for AMD's by a clang that has
// neither ROCm's headers nor its device libraries.
//
//===----------------------------------------------------------------------===//

#include <cstdint>

#ifdef __HIP__
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define G4_BLOCK(dimension) __builtin_amdgcn_workgroup_id_##dimension()
#else
#define G4_BLOCK(dimension) blockIdx.dimension
#endif

#define G4_TOY_DEVICE __device__
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
#include "ToyKernels.cpp"
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

extern __shared__ int64_t scratch[];

#define G4_KERNEL(name, function, params, ...)                                 \
  extern "C" __global__ void name params {                                     \
    const uint64_t args[] = {__VA_ARGS__};                                     \
    device::function(args, G4_BLOCK(x), G4_BLOCK(y), scratch);                   \
  }
using Word = uint64_t;

G4_KERNEL(toyEmbed, embed, (Word a, Word b, Word c), a, b, c)
G4_KERNEL(toyStore, store, (Word a, Word b, Word c, Word d, Word e, Word f), a,
          b, c, d, e, f)
G4_KERNEL(toySumAll, sumAll,
          (Word a, Word b, Word c, Word d, Word e, Word f, Word g), a, b, c, d,
          e, f, g)
G4_KERNEL(toySumWindow, sumWindow,
          (Word a, Word b, Word c, Word d, Word e, Word f, Word g), a, b, c, d,
          e, f, g)
G4_KERNEL(toyTiles, tiles, (Word a, Word b, Word c), a, b, c)
G4_KERNEL(toyLogits, logits, (Word a, Word b, Word c, Word d), a, b, c, d)
G4_KERNEL(toyGrid, gridItem, (Word a, Word b, Word c), a, b, c)
G4_KERNEL(toyScale, scaleItem, (Word a, Word b), a, b)
G4_KERNEL(toyNothing, nothing, (), 0)
