//===- SystemMemory.h - Memory that this process can still get --*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_SYSTEMMEMORY_H
#define G4_RUNTIME_BASE_SYSTEMMEMORY_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace g4rt {

/// Bytes that the machine could give to programs without swapping, page cache
/// that can be dropped included, or what the process's control group (version
/// 2) leaves of them, if that is less. None if the system does not say.
std::optional<uint64_t> availableMemoryBytes();

/// The field `name` of /proc/meminfo's text, in bytes: its unit is kB.
std::optional<uint64_t> memInfoBytes(std::string_view memInfo,
                                     std::string_view name);

/// What a control group leaves: its limit less its use, where file pages count
/// as free. The texts are those of memory.max, memory.current and memory.stat.
/// None if there is no limit.
std::optional<uint64_t> groupMemoryBytes(std::string_view max,
                                         std::string_view current,
                                         std::string_view stat);

/// "1.5 GiB", for people.
std::string byteText(uint64_t bytes);

/// What people write for it: "20GiB", "1.5 GiB", "512M" (2^20), "20GB" (10^9)
/// or a plain number of bytes.
///
/// Errors: InvalidArgument.
Result<uint64_t> parseBytes(std::string_view text);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_SYSTEMMEMORY_H
