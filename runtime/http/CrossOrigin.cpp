//===- CrossOrigin.cpp - Pages of other servers (CORS) --------------------===//

#include "runtime/http/CrossOrigin.h"

#include "runtime/base/Ascii.h"

#include <algorithm>

namespace g4rt {

constexpr std::string_view kAny = "*";

bool isOrigin(std::string_view origin) {
  if (origin == kAny)
    return true;
  size_t scheme = origin.find("://");
  if (scheme == origin.npos || scheme == 0)
    return false;
  std::string_view rest = origin.substr(scheme + 3);
  return !rest.empty() && rest.find_first_of("/?#@\\, \t*") == rest.npos;
}

CrossOrigin::CrossOrigin(const std::vector<std::string> &origins) {
  for (const std::string &origin : origins) {
    allowsAny_ |= origin == kAny;
    origins_.push_back(asciiLower(origin));
  }
}

bool CrossOrigin::allows(const HttpRequest &request) const {
  if (request.origin.empty())
    return false;
  return allowsAny_ ||
         std::ranges::find(origins_, asciiLower(request.origin)) !=
             origins_.end();
}

bool CrossOrigin::isPreflight(const HttpRequest &request) const {
  return request.method == "OPTIONS" && !request.wantedMethod.empty() &&
         allows(request);
}

/// Whether a list of field names can be given back as it is.
static bool isNameList(std::string_view names) {
  constexpr size_t kMaxBytes = 1024;
  return !names.empty() && names.size() <= kMaxBytes &&
         asciiLower(names).find_first_not_of(
             "abcdefghijklmnopqrstuvwxyz0123456789-_, ") == std::string::npos;
}

HttpResponse CrossOrigin::preflight(const HttpRequest &request) {
  std::string names = isNameList(request.wantedHeaders)
                          ? request.wantedHeaders
                          : "authorization, content-type, x-api-key";
  return {.status = 204,
          .headers = {{"Access-Control-Allow-Methods", "GET, POST, DELETE"},
                      {"Access-Control-Allow-Headers", std::move(names)},
                      {"Access-Control-Max-Age", "600"}}};
}

} // namespace g4rt
