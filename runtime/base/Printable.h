//===- Printable.h - Text from outside, fit to be shown ---------*- C++ -*-===//
//
// Names in files, paths, arguments and messages of libraries reach terminals
// and logs. Every one of them passes here first, in both programs.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_PRINTABLE_H
#define G4_RUNTIME_BASE_PRINTABLE_H

#include <cstddef>
#include <string>
#include <string_view>

namespace g4rt {

/// Of one name, and of a whole message.
inline constexpr size_t kMaxShownName = 256, kMaxShownMessage = 8192;

/// `text` as it can be shown: one line that moves no cursor, changes no color
/// and no direction of writing. Control characters and bytes that are not UTF-8
/// become \n, \t or \x1b; characters that are not seen or that reorder others
/// (C1, bidi, zero width, line separators, tags) become \u{202e}. All else
/// stays, backslashes too. Of more than `maxBytes` bytes the rest is counted:
/// "abc... (4096 bytes)".
std::string printable(std::string_view text, size_t maxBytes = kMaxShownName);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_PRINTABLE_H
