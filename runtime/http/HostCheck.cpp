//===- HostCheck.cpp - Which names the server answers to ------------------===//

#include "runtime/http/HostCheck.h"

#include "runtime/base/Ascii.h"

#include <algorithm>

namespace g4rt {

bool isLoopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

HostCheck::HostCheck(const ServerOptions &options)
    : isActive_(isLoopback(options.address)),
      names_{"localhost", "127.0.0.1", "[::1]", options.address} {
  for (const std::string &name : options.allowedHosts)
    names_.push_back(asciiLower(name));
}

// "[::1]" of "[::1]:8000".
static std::string_view withoutPort(std::string_view text) {
  size_t colon = text.rfind(':');
  size_t bracket = text.rfind(']');
  if (colon == text.npos || (bracket != text.npos && bracket > colon))
    return text;
  return text.substr(0, colon);
}

bool HostCheck::allowsName(std::string_view hostAndPort) const {
  std::string name = asciiLower(withoutPort(hostAndPort));
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool HostCheck::allows(const HttpRequest &request) const {
  if (!isActive_)
    return true;
  if (!request.host.empty() && !allowsName(request.host))
    return false;
  if (request.origin.empty())
    return true;
  size_t scheme = request.origin.find("://");
  return scheme != std::string::npos &&
         allowsName(std::string_view(request.origin).substr(scheme + 3));
}

} // namespace g4rt
