//===- ChatText.h - What a template does to texts ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_CHATTEXT_H
#define G4_RUNTIME_TEXT_TEMPLATE_CHATTEXT_H

#include <string>
#include <string_view>

namespace g4rt {

/// The marks around a thought, such as "<|channel>" and "<channel|>".
struct ThoughtMarks {
  std::string_view begin;
  std::string_view end;
};

/// `text` without white space at both ends: what Python's str.strip() removes.
std::string_view trimmed(std::string_view text);

/// Of each piece of `text` between two end marks what stands before the first
/// begin mark. An empty mark is never found.
std::string withoutThoughts(std::string_view text, ThoughtMarks marks);

/// `text` with a to z in upper case.
std::string upperCase(std::string_view text);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_CHATTEXT_H
