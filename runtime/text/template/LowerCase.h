//===- LowerCase.h - Lower case as Python's str.lower() ---------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_LOWERCASE_H
#define G4_RUNTIME_TEXT_TEMPLATE_LOWERCASE_H

#include <string>
#include <string_view>

namespace g4rt {

/// `text` in lower case by the full mapping of Unicode 14, as in Python 3.11,
/// but for one thing: a sigma at the end of a word is lowered like any other.
/// Bytes that are not UTF-8 stay as they are.
std::string lowerCase(std::string_view text);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_LOWERCASE_H
