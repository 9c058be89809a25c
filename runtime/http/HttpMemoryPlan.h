//===- HttpMemoryPlan.h - What a server's memory is for ---------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_HTTPMEMORYPLAN_H
#define G4_RUNTIME_HTTP_HTTPMEMORYPLAN_H

#include "runtime/base/Status.h"
#include "runtime/http/ServerOptions.h"
#include "runtime/http/WorkLanes.h"

#include <cstdint>
#include <optional>

namespace g4rt {

/// How a server's process divides its memory, in bytes. What one client can
/// make it use is in exactly one of these.
struct HttpMemoryPlan {
  uint64_t total = 0;
  uint64_t base = 0;        // program and text tables, without any client
  uint64_t connections = 0; // headers and state of all that may be open
  uint64_t work = 0;        // parsed JSON and tokens, of what workers work at
  uint64_t held = 0;        // bodies, unread answers and prompts that wait
};

struct HttpMemoryFacts {
  uint64_t residentBytes = 0;             // of this process, now
  std::optional<uint64_t> availableBytes; // of the machine
};

/// The plan of a server. By default it has a sixteenth of
/// what the machine has available, 1 to 4 GiB, and at least what it needs.
///
/// Errors: InvalidArgument if `memoryBytes` is less than needed: room for a
/// number of the largest bodies beside the rest.
Result<HttpMemoryPlan> planHttpMemory(const ServerOptions &options,
                                      const HttpMemoryFacts &facts);

/// The facts of this process and machine.
HttpMemoryFacts httpMemoryFacts();

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_HTTPMEMORYPLAN_H
