//===- SchemaKeywords.cpp - Which keywords of JSON Schema hold ------------===//

#include "runtime/grammar/SchemaKeywords.h"

namespace g4rt {

using enum KeywordSupport;

constexpr SchemaKeyword kKeywords[] = {
    {"$anchor", Refused, ""},
    {"$comment", Annotation, ""},
    {"$defs", Annotation, "holds the targets of $ref"},
    {"$dynamicAnchor", Refused, ""},
    {"$dynamicRef", Refused, ""},
    {"$id", Annotation, ""},
    {"$ref", Holds, "within the schema: \"#\" or \"#/...\""},
    {"$schema", Annotation,
     "draft 7 and older: what stands beside $ref is ignored"},
    {"$vocabulary", Annotation, ""},
    {"additionalItems", Holds, "beside a list in items"},
    {"additionalProperties", Holds, ""},
    {"allOf", Holds, ""},
    {"anyOf", Holds, ""},
    {"const", Holds, "as enum"},
    {"contains", Refused, ""},
    {"contentEncoding", Annotation, ""},
    {"contentMediaType", Annotation, ""},
    {"contentSchema", Annotation, ""},
    {"default", Annotation, ""},
    {"definitions", Annotation, "holds the targets of $ref"},
    {"dependencies", Refused, ""},
    {"dependentRequired", Refused, ""},
    {"dependentSchemas", Refused, ""},
    {"deprecated", Annotation, ""},
    {"description", Annotation, ""},
    {"else", Refused, ""},
    {"enum", Holds, "beside type, and keywords of objects and lists alone"},
    {"examples", Annotation, ""},
    {"exclusiveMaximum", Holds, ""},
    {"exclusiveMinimum", Holds, ""},
    {"format", Holds,
     "date, time, date-time, uuid, ipv4, email; others are refused"},
    {"if", Refused, ""},
    {"items", Holds, ""},
    {"maxContains", Refused, ""},
    {"maximum", Holds, ""},
    {"maxItems", Holds, "up to 1,000"},
    {"maxLength", Holds, "up to 10,000; not beside pattern or format"},
    {"maxProperties", Holds, "up to 1,000; not beside properties"},
    {"minContains", Refused, ""},
    {"minimum", Holds, ""},
    {"minItems", Holds, "up to 1,000"},
    {"minLength", Holds, "up to 10,000; not beside pattern or format"},
    {"minProperties", Holds, "0 and 1; not beside properties"},
    {"multipleOf", Holds,
     "whole numbers to 100; beside bounds up to 1,000 multiples"},
    {"not", Refused, ""},
    {"oneOf", Holds,
     "of branches that cannot hold together, by type, const or enum"},
    {"pattern", Holds, "no lookarounds, back references, \\b, \\p"},
    {"patternProperties", Refused, ""},
    {"prefixItems", Holds, ""},
    {"properties", Holds, ""},
    {"propertyNames", Refused, ""},
    {"readOnly", Annotation, ""},
    {"required", Holds, ""},
    {"then", Refused, ""},
    {"title", Annotation, ""},
    {"type", Holds, ""},
    {"unevaluatedItems", Refused, ""},
    {"unevaluatedProperties", Refused, ""},
    {"uniqueItems", Refused, "true alone"},
    {"writeOnly", Annotation, ""}};

std::span<const SchemaKeyword> schemaKeywords() { return kKeywords; }

KeywordSupport supportOf(std::string_view keyword) {
  for (const SchemaKeyword &known : kKeywords)
    if (known.name == keyword)
      return known.support;
  return Annotation;
}

} // namespace g4rt
