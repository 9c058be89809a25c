//===- HostCheck.cpp - Which names the server answers to ------------------===//

#include "runtime/http/HostCheck.h"

#include "runtime/base/Ascii.h"

#include <algorithm>

namespace g4rt {

bool isLoopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

HostCheck::HostCheck(const ServerOptions &options)
    : crossOrigin_(options.allowedOrigins),
      knowsNames_((options.socketPath.empty() && isLoopback(options.address)) ||
                  !options.allowedHosts.empty()),
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

bool HostCheck::allowsHost(std::string_view host) const {
  std::string name = asciiLower(withoutPort(host));
  return !knowsNames_ ||
         std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool HostCheck::allowsOrigin(std::string_view origin,
                             std::string_view host) const {
  size_t scheme = origin.find("://");
  if (scheme == origin.npos)
    return false;
  std::string_view name = origin.substr(scheme + 3);
  if (knowsNames_)
    return allowsHost(name);
  return asciiEqualsNoCase(withoutPort(name), withoutPort(host));
}

// A client of HTTP/1.0 may give no Host. Only browsers give an Origin.
bool HostCheck::allows(const HttpRequest &request) const {
  if (!request.host.empty() && !allowsHost(request.host))
    return false;
  return request.origin.empty() || crossOrigin_.allows(request) ||
         allowsOrigin(request.origin, request.host);
}

} // namespace g4rt
