//===- Int4Units.h - Units of 4-bit weights in code -------------*- C++ -*-===//
//
// The sizes of a unit as the dots with 4-bit weights have them in their
// instructions; runtime/artifact/WeightFormat.cpp describes the order.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_COMMON_INT4UNITS_H
#define G4_CODEGEN_COMMON_INT4UNITS_H

#include <cstdint>

namespace g4 {

/// Columns that share a scale; rows and columns of a unit; its bytes.
inline constexpr int64_t kInt4Group = 32;
inline constexpr int64_t kInt4UnitRows = 16;
inline constexpr int64_t kInt4UnitCols = 64;
inline constexpr int64_t kInt4ScalesAt = kInt4UnitRows * kInt4UnitCols / 2;
inline constexpr int64_t kInt4UnitBytes =
    kInt4ScalesAt + kInt4UnitRows * (kInt4UnitCols / kInt4Group) * 2;
/// The code of the number zero.
inline constexpr int kInt4Zero = 8;

} // namespace g4

#endif // G4_CODEGEN_COMMON_INT4UNITS_H
