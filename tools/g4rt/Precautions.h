//===- Precautions.h - What a server does against the worst -----*- C++ -*-===//
//
// Warnings about who could harm it, and a filter of system calls for threads
// that read what strangers send. docs/security.md has the reasons.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_PRECAUTIONS_H
#define G4_TOOLS_G4RT_PRECAUTIONS_H

#include "runtime/base/Status.h"

#include <string>
#include <vector>

namespace g4rt {

/// What an operator should know of a file whose code will be run: that others
/// can write to it or its folder, or that it is another user's. Empty if
/// nothing.
std::vector<std::string> warningsAbout(const std::string &path);

/// warningsAbout(), and that the server runs as root, as warnings in the log.
void logWarnings(const std::string &path);

/// From here on this thread, and every thread that it starts, cannot become
/// another program, connect to anybody, trace a process, or gain rights
/// (no_new_privs): such calls fail with EPERM. Threads that are there already
/// are not changed. Errors: Unimplemented if the system has no such filter.
Status restrictThread();

} // namespace g4rt

#endif // G4_TOOLS_G4RT_PRECAUTIONS_H
