//===- CacheLayout.h - Bytes of keys and values -----------------*- C++ -*-===//

#ifndef G4_RUNTIME_ARTIFACT_CACHELAYOUT_H
#define G4_RUNTIME_ARTIFACT_CACHELAYOUT_H

#include "runtime/artifact/ElementSize.h"

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Whether the key and the value of a position and head have an f32 scale each.
inline bool hasScales(const artifact::Cache &cache) {
  return cache.dtype() == artifact::DType::i8 ||
         cache.dtype() == artifact::DType::f8e4m3;
}
/// What --kv-cache-dtype calls it.
inline const char *formatName(const artifact::Cache &cache) {
  switch (cache.dtype()) {
  case artifact::DType::i8:
    return "int8";
  case artifact::DType::f8e4m3:
    return "fp8";
  default:
    return artifact::EnumNameDType(cache.dtype());
  }
}
/// Bytes of the scales of one position's keys, or of its values.
inline uint64_t scaleBytesPerPosition(const artifact::Cache &cache) {
  return hasScales(cache) ? uint64_t{cache.num_kv_heads()} * sizeof(float) : 0;
}

/// Columns of a key that are stored.
inline uint64_t keyColumns(const artifact::Cache &cache) {
  return cache.key_dim() ? cache.key_dim() : cache.head_dim();
}

/// Bytes of one position's keys in a cache, and of its values, scales left out.
/// `cache` has been checked: nothing overflows.
inline uint64_t keyBytesPerPosition(const artifact::Cache &cache) {
  return uint64_t{cache.num_kv_heads()} * keyColumns(cache) *
         elementBytes(cache.dtype());
}
inline uint64_t valueBytesPerPosition(const artifact::Cache &cache) {
  return uint64_t{cache.num_kv_heads()} * cache.head_dim() *
         elementBytes(cache.dtype());
}
/// Keys, values and their scales.
inline uint64_t bytesPerPosition(const artifact::Cache &cache) {
  return keyBytesPerPosition(cache) + valueBytesPerPosition(cache) +
         2 * scaleBytesPerPosition(cache);
}

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_CACHELAYOUT_H
