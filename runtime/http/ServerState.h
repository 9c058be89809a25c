//===- ServerState.h - What the endpoints know of the server ----*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_SERVERSTATE_H
#define G4_RUNTIME_HTTP_SERVERSTATE_H

#include "runtime/http/MemoryPool.h"
#include "runtime/http/RunningAnswers.h"

#include <atomic>
#include <cstdint>
#include <map>

namespace g4rt {

struct ServerState {
  explicit ServerState(size_t memoryBytes = 0) : memory(memoryBytes) {}

  MemoryPool memory; // what is held for clients
  RunningAnswers running;
  std::atomic<bool> isDraining = false; // any thread

  // Of the loop's thread.
  std::map<int, uint64_t> numResponses; // by status
  int64_t numConnections = 0;           // now
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_SERVERSTATE_H
