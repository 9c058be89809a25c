//===- KeyFile.cpp - Keys that stand in a file ----------------------------===//

#include "runtime/http/KeyFile.h"

#include "runtime/base/Ascii.h"
#include "runtime/base/OpenFile.h"
#include "runtime/http/KeyCheck.h"

#include <algorithm>
#include <span>

namespace g4rt {

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 20;

static Status wrong(std::string what) {
  return Status(StatusCode::InvalidArgument, std::move(what));
}

Result<std::vector<std::string>> parseKeys(std::string_view text) {
  std::vector<std::string> keys;
  for (size_t number = 1; !text.empty(); ++number) {
    size_t size = std::min(text.find('\n'), text.size());
    std::string_view line = asciiTrimmed(text.substr(0, size), " \t\r");
    text.remove_prefix(std::min(size + 1, text.size()));
    if (line.empty() || line.starts_with('#'))
      continue;
    if (Status status = checkKey(line); !status.ok())
      return std::move(status).during("line " + std::to_string(number));
    if (keys.size() == kMaxKeys)
      return wrong("more than " + std::to_string(kMaxKeys) + " keys");
    keys.emplace_back(line);
  }
  if (keys.empty())
    return wrong("holds no key, needs one a line");
  return keys;
}

Result<std::vector<std::string>> readKeyFile(const std::string &path) {
  G4RT_ASSIGN(OpenFile file, OpenFile::open(path));
  if (file.sizeBytes() > kMaxFileBytes)
    return wrong(path + ": " + std::to_string(file.sizeBytes()) +
                 " bytes, at most 1 MiB");
  std::string text(file.sizeBytes(), '\0');
  if (Status status = file.readAt(0, std::as_writable_bytes(std::span(text)));
      !status.ok())
    return std::move(status).during(path);
  Result<std::vector<std::string>> keys = parseKeys(text);
  if (!keys)
    return std::move(keys).error().during(path);
  return keys;
}

} // namespace g4rt
