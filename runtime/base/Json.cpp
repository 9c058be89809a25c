//===- Json.cpp - Bounded parsing of JSON ---------------------------------===//

#include "runtime/base/Json.h"

#include "runtime/base/MappedFile.h"

// The library's sources, compiled here once.
#include <boost/json/src.hpp>

namespace g4rt {

Result<json::value> parseJson(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.maxBytes)
    return Status(StatusCode::InvalidArgument,
                  "JSON of " + std::to_string(text.size()) +
                      " bytes, at most " + std::to_string(limits.maxBytes) +
                      " are read");
  json::parse_options options;
  options.max_depth = limits.maxDepth;
  json::stream_parser parser({}, options);
  json::error_code error;
  size_t consumed = parser.write_some(text.data(), text.size(), error);
  if (!error && consumed < text.size())
    error = json::error::extra_data;
  if (!error)
    parser.finish(error);
  if (error)
    return Status(StatusCode::InvalidArgument, "invalid JSON at byte " +
                                                   std::to_string(consumed) +
                                                   ": " + error.message());
  return parser.release();
}

Result<json::value> parseJsonFile(const std::string &path, JsonLimits limits) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(path));
  std::string_view text(reinterpret_cast<const char *>(file.bytes().data()),
                        file.bytes().size());
  Result<json::value> value = parseJson(text, limits);
  if (!value)
    return std::move(value).error().during(path);
  return value;
}

} // namespace g4rt
