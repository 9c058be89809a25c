//===- LostCalls.h - Tool calls that no client got --------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_LOSTCALLS_H
#define G4_RUNTIME_HTTP_OPENAI_LOSTCALLS_H

#include <atomic>
#include <cstdint>

namespace g4rt {

/// Of all answers since the start; any thread.
struct LostCalls {
  std::atomic<uint64_t> numCut = 0;
  std::atomic<uint64_t> numUnreadable = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_LOSTCALLS_H
