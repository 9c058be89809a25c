//===- WallClock.h - The time of day ----------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_WALLCLOCK_H
#define G4_RUNTIME_HTTP_WALLCLOCK_H

#include <chrono>
#include <cstdint>

namespace g4rt {

/// What OpenAI's `created` fields say. Not for durations: it may be set.
inline int64_t secondsSince1970() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_WALLCLOCK_H
