//===- Precision.h - In which numbers an interpreter computes ---*- C++ -*-===//

#ifndef G4_COMPILER_INTERPRET_PRECISION_H
#define G4_COMPILER_INTERPRET_PRECISION_H

namespace g4 {

/// F64: nothing is rounded but what is stored as bf16. F32: every op computes
/// in f64 and its result is rounded to f32.
enum class Precision { F32, F64 };

} // namespace g4

#endif // G4_COMPILER_INTERPRET_PRECISION_H
