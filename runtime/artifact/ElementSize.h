//===- ElementSize.h - Bytes of an element ----------------------*- C++ -*-===//

#ifndef G4_RUNTIME_ARTIFACT_ELEMENTSIZE_H
#define G4_RUNTIME_ARTIFACT_ELEMENTSIZE_H

#include "runtime/artifact/Artifact_generated.h"

#include <cstdint>

namespace g4rt {

/// Bytes of an element; 0 for i4, which has no address, and for a number of a
/// file that names no dtype.
inline uint64_t elementBytes(::g4::artifact::DType dtype) {
  switch (dtype) {
  case ::g4::artifact::DType::f32:
  case ::g4::artifact::DType::i32:
    return 4;
  case ::g4::artifact::DType::bf16:
    return 2;
  case ::g4::artifact::DType::i8:
  case ::g4::artifact::DType::f8_e4m3:
    return 1;
  case ::g4::artifact::DType::i4:
    break;
  }
  return 0;
}

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_ELEMENTSIZE_H
