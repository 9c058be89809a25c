//===- KeyFile.h - Keys that stand in a file --------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_KEYFILE_H
#define G4_RUNTIME_HTTP_KEYFILE_H

#include "runtime/base/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

inline constexpr size_t kMaxKeys = 4096;

/// The keys of a text, one a line; empty lines and lines that start with # are
/// none. Errors: InvalidArgument, with the line's number and without the line,
/// for what is no key (checkKey), for no key at all and for too many.
Result<std::vector<std::string>> parseKeys(std::string_view text);

/// The keys of a file. Errors: those of OpenFile::open and parseKeys;
/// InvalidArgument for a file above 1 MiB, DataLoss for one that cannot be read
/// whole. The message starts with `path`.
Result<std::vector<std::string>> readKeyFile(const std::string &path);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_KEYFILE_H
