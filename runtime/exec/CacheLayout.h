//===- CacheLayout.h - Bytes of keys and values -----------------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_CACHELAYOUT_H
#define G4_RUNTIME_EXEC_CACHELAYOUT_H

#include "runtime/artifact/ElementSize.h"

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Bytes of one position's keys in a cache, and of its values. `cache` has been
/// checked: nothing overflows.
inline uint64_t keyBytesPerPosition(const artifact::Cache &cache) {
  return uint64_t{cache.num_kv_heads()} * cache.head_dim() *
         elementBytes(cache.dtype());
}
inline uint64_t valueBytesPerPosition(const artifact::Cache &cache) {
  return uint64_t{cache.num_kv_heads()} * cache.head_dim() *
         elementBytes(cache.dtype());
}
inline uint64_t bytesPerPosition(const artifact::Cache &cache) {
  return keyBytesPerPosition(cache) + valueBytesPerPosition(cache);
}

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_CACHELAYOUT_H
