//===- Blocks.h - Quantized blocks of GGUF to numbers -----------*- C++ -*-===//
//
// A row of a quantized tensor is a run of blocks of 32 or 256 numbers. What a
// number is, in f32 and with a rounding behind each operation, is what the
// format's reference says, so that results are equal bit for bit.
//
// Source: the layouts of ggml (github.com/ggml-org/ggml) and the gguf package,
// which test/reference/gguf_blocks.py compares with.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_BLOCKS_H
#define G4_MODELS_CHECKPOINT_GGUF_BLOCKS_H

#include "models/checkpoint/RowStorage.h"

namespace g4::gguf {

/// Blocks of 32 numbers with one scale d (f16) each.
///
///   Q4_0    d, 16 bytes        d * (q - 8)
///   Q4_1    d, m, 16 bytes     d * q + m
///   Q5_0    d, 4, 16 bytes     d * (q - 16)
///   Q5_1    d, m, 4, 16 bytes  d * q + m
///   Q8_0    d, 32 bytes        d * q
///   IQ4_NL  d, 16 bytes        d * table[q]
///
/// Numbers i and i + 16 share byte i, i in its low half; bit i of the 4 bytes
/// is the fifth bit of number i.
extern const BlockFormat kQ4_0, kQ4_1, kQ5_0, kQ5_1, kQ8_0, kIq4Nl;

/// Blocks of 256 numbers with scales (f16) d and, where there is one, m, and a
/// small scale s and, where there is one, minimum t for each 32 numbers (16 in
/// Q6_K).
///
///   Q4_K    d, m, 12 bytes of s and t, 128 bytes      (d s) q - (m t)
///   Q5_K    d, m, 12 bytes of s and t, 32, 128 bytes  (d s) q - (m t)
///   Q6_K    128, 64 bytes, 16 s, d                    (d s) (q - 32)
///   IQ4_XS  d, 2, 4 bytes of s, 128 bytes             (d (s - 32)) table[q]
extern const BlockFormat kQ4K, kQ5K, kQ6K, kIq4Xs;

} // namespace g4::gguf

#endif // G4_MODELS_CHECKPOINT_GGUF_BLOCKS_H
