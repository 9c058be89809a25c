//===- EncodeStored.h - Rows that are encoded already -----------*- C++ -*-===//
//
// Rows of a checkpoint whose blocks a weight format can take as they are: codes
// go from one to the other and no number is made of them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_ENCODESTORED_H
#define G4_COMPILER_QUANTIZE_ENCODESTORED_H

#include "compiler/quantize/Encode.h"
#include "models/checkpoint/RowStorage.h"

namespace g4 {

/// Whether encodeStored() takes rows that are stored so:
///
///   f32 F32, bf16 BF16, f16 F16, int4-f16 Q4_0, int8-g32 Q8_0, int4-min Q4_1,
///   int4-min-f32 Q4_K                      without any loss
///   int4 Q4_0, int4-min Q4_K, int6 Q6_K    codes without a loss, scales (and
///                                          minima) rounded to the format's
///                                          type: by 2^-9 or 2^-12 of them
bool takesStorage(const artifact::WeightFormat &format, RowStorage storage);

/// Fills `out` from the bytes of a row of `numCols` numbers, whole blocks of a
/// storage that the format takes. Gives how many numbers, or scales and minima
/// of groups, are NaN or infinite.
int64_t encodeStored(const artifact::WeightFormat &format, RowStorage storage,
                     std::span<const std::byte> bytes, int64_t numCols,
                     EncodedRow &out);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_ENCODESTORED_H
