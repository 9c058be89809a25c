//===- SchemaKeywords.h - Which keywords of JSON Schema hold ----*- C++ -*-===//

#ifndef G4_RUNTIME_GRAMMAR_SCHEMAKEYWORDS_H
#define G4_RUNTIME_GRAMMAR_SCHEMAKEYWORDS_H

#include <span>
#include <string_view>

namespace g4rt {

enum class KeywordSupport {
  Holds,      // an answer obeys it
  Annotation, // it says nothing about what is valid
  Refused     // it would say something: the schema is refused
};

struct SchemaKeyword {
  std::string_view name;
  KeywordSupport support;
  std::string_view note; // where support has limits; may be empty
};

/// All keywords of drafts 7 and 2020-12, by name. What is not here is nobody's
/// keyword, and so an annotation. docs/tools-and-json.md shows them.
std::span<const SchemaKeyword> schemaKeywords();

/// Annotation for what is no keyword.
KeywordSupport supportOf(std::string_view keyword);

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_SCHEMAKEYWORDS_H
