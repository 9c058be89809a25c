//===- Elapsed.h - Time that has passed -------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_ELAPSED_H
#define G4_RUNTIME_BASE_ELAPSED_H

#include <chrono>

namespace g4rt {

/// By the clock that nobody sets.
inline double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

} // namespace g4rt

#endif // G4_RUNTIME_BASE_ELAPSED_H
