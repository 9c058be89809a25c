//===- CommonLength.h - How far two rows of tokens agree --------*- C++ -*-===//

#ifndef G4_RUNTIME_KV_COMMONLENGTH_H
#define G4_RUNTIME_KV_COMMONLENGTH_H

#include <algorithm>
#include <cstdint>
#include <span>

namespace g4rt {

/// Tokens that both begin with.
inline int64_t commonLength(std::span<const int32_t> a,
                            std::span<const int32_t> b) {
  return std::ranges::mismatch(a, b).in1 - a.begin();
}

} // namespace g4rt

#endif // G4_RUNTIME_KV_COMMONLENGTH_H
