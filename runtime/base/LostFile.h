//===- LostFile.h - The end of a process whose file was cut -----*- C++ -*-===//
//
// A page of a mapped file that is no longer there raises SIGBUS: the file was
// cut, its disk or its server is gone. Nothing can be read instead, so the
// process ends; but it says why, which a signal does not.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_LOSTFILE_H
#define G4_RUNTIME_BASE_LOSTFILE_H

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace g4rt {

/// From now on SIGBUS or SIGSEGV in the pages of a MappedFile ends the process
/// with `exitCode` and one line where the log goes:
///
///   PREFIXm.g4: byte 4096 cannot be read: the file was cut, or its disk is
///   gone
///
/// Every other SIGBUS or SIGSEGV does what it did before. To be called once, at
/// the start of a program.
void endOnLostFile(std::string_view prefix, int exitCode);

/// For MappedFile alone. The first 64 mappings have a name; a signal in another
/// one is a signal. Thread-safe.
void watchMapping(std::span<const std::byte> pages, const std::string &path);
void forgetMapping(std::span<const std::byte> pages);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_LOSTFILE_H
