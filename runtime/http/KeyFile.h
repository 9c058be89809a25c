//===- KeyFile.h - Keys that stand in a file --------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_KEYFILE_H
#define G4_RUNTIME_HTTP_KEYFILE_H

#include "runtime/base/Status.h"
#include "runtime/http/KeyCheck.h"

#include <string>
#include <string_view>

namespace g4rt {

inline constexpr size_t kMaxKeys = 4096;

/// The keys of users in a text, one a line, each maybe with rules after it:
///
///   sk-agents weight=2 requests=8 tokens-per-minute=200000 cache=team
///
/// What a line does not say is as in `common`. Empty lines and lines that start
/// with # are none. Errors: InvalidArgument, with the line's number and without
/// the line, for what is no key (checkKey) or no rule, for no key at all and
/// for too many.
Result<Keys> parseKeys(std::string_view text, const KeyRules &common = {});

/// The keys of a file. Errors: those of OpenFile::open and parseKeys;
/// InvalidArgument for a file above 1 MiB, DataLoss for one that cannot be read
/// whole. The message starts with `path`.
Result<Keys> readKeyFile(const std::string &path, const KeyRules &common = {});

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_KEYFILE_H
