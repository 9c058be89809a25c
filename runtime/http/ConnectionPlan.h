//===- ConnectionPlan.h - How many clients at the same time -----*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_CONNECTIONPLAN_H
#define G4_RUNTIME_HTTP_CONNECTIONPLAN_H

#include "runtime/base/Status.h"

#include <cstddef>

namespace g4rt {

struct ConnectionWish {
  size_t maxConnections = 0; // HttpLimits' value; 0: the default
  size_t numRequests = 0;    // that the engine takes: slots and queue
};

/// How many file descriptors a server of so many connections needs.
size_t descriptorsFor(size_t maxConnections);

/// HttpLimits::maxConnections of a process with so many file descriptors. By
/// default the limit is above what the engine takes, so that whoever is too
/// much is refused with a status and not by a closed connection; with few
/// descriptors it is less.
///
/// Errors: InvalidArgument if a number that was asked for is no larger than
/// `numRequests`, or if there are too few descriptors for it, or for anybody.
Result<size_t> planConnections(const ConnectionWish &wish,
                               size_t numDescriptors);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_CONNECTIONPLAN_H
