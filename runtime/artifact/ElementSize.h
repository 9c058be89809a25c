//===- ElementSize.h - The dtypes of an artifact ----------------*- C++ -*-===//

#ifndef G4_RUNTIME_ARTIFACT_ELEMENTSIZE_H
#define G4_RUNTIME_ARTIFACT_ELEMENTSIZE_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/artifact/WeightFormat.h"

#include <cstdint>

namespace g4rt {

static_assert(static_cast<int>(::g4::artifact::NumberType::F8E4M3) ==
              static_cast<int>(::g4::artifact::DType::MAX));

/// The same type for the table of weight formats; a number of a file that names
/// no dtype gives one that no format has.
inline ::g4::artifact::NumberType numberTypeOf(::g4::artifact::DType dtype) {
  return static_cast<::g4::artifact::NumberType>(dtype);
}

/// Bytes of an element; 0 for i4 and i6, which have no address, and for a
/// number of a file that names no dtype.
inline uint64_t elementBytes(::g4::artifact::DType dtype) {
  return static_cast<uint64_t>(::g4::artifact::bytesOf(numberTypeOf(dtype)));
}

inline ::g4::artifact::DType dtypeOf(::g4::artifact::NumberType type) {
  return static_cast<::g4::artifact::DType>(type);
}

/// Whether weights may be of this dtype.
inline bool isWeightType(::g4::artifact::DType dtype) {
  for (const ::g4::artifact::WeightFormat &format :
       ::g4::artifact::weightFormats())
    if (format.element == numberTypeOf(dtype))
      return true;
  return false;
}

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_ELEMENTSIZE_H
