//===- KvFormat.h - How numbers of a KV cache are stored --------*- C++ -*-===//
//
// A cache of f32 or bf16 holds the numbers themselves. One of 8 bits holds them
// by a scale, which a position and a head have for keys and another for values:
//
//   i8    scale = max |x| / 127; the nearest integer of x / scale
//   e4m3  scale = max |x| / 448; 1 bit sign, 4 exponent, 3 mantissa (OCP FP8)
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_TILE_KERNELS_KVFORMAT_H
#define G4_COMPILER_TILE_KERNELS_KVFORMAT_H

#include "compiler/tile/kernels/KernelBuilder.h"

namespace g4 {

/// Whether numbers have scales.
bool isQuantizedKv(mlir::Type dtype);
/// What memory of such a cache holds: i8 for both formats of 8 bits.
mlir::Type storedKvType(mlir::Type dtype);
/// The largest magnitude of what is stored.
double largestStored(mlir::Type dtype);

/// Loads a tile of a cache of 8 bits as f32, by its scales still.
mlir::Value loadKv(KernelBuilder &k, mlir::Type dtype, mlir::Value memory,
                   const KernelBuilder::Place &place, int64_t rows,
                   int64_t cols);
/// Stores f32 of magnitudes up to largestStored(), rounded to nearest.
void storeKv(KernelBuilder &k, mlir::Type dtype, mlir::Value tile,
             mlir::Value memory, const KernelBuilder::Place &place);

} // namespace g4

#endif // G4_COMPILER_TILE_KERNELS_KVFORMAT_H
