//===- Json.h - Bounded parsing of JSON -------------------------*- C++ -*-===//
//
// The one door for JSON that comes from outside: request bodies, config.json,
// safetensors headers, tokenizer.json. Boost.JSON parses; this file adds the
// limits and turns its error codes into a Status.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_JSON_H
#define G4_RUNTIME_BASE_JSON_H

#include "runtime/base/Status.h"

#include <boost/json.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace g4rt {

namespace json = boost::json;

struct JsonLimits {
  size_t maxBytes = size_t{100} << 20;
  size_t maxDepth = 64;
};

/// `text` as a JSON value. Strings are valid UTF-8; a NUL in a string is kept;
/// of two equal keys the last one counts.
///
/// Errors: InvalidArgument, with the byte offset of the first wrong character,
/// if the text is not strict JSON, is nested deeper or is larger than `limits`.
Result<json::value> parseJson(std::string_view text, JsonLimits limits = {});

/// The file's content through parseJson; the message starts with `path`.
/// Errors: those of parseJson and of MappedFile::open.
Result<json::value> parseJsonFile(const std::string &path,
                                  JsonLimits limits = {});

} // namespace g4rt

#endif // G4_RUNTIME_BASE_JSON_H
