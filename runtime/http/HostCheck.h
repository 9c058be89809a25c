//===- HostCheck.h - Which names the server answers to ----------*- C++ -*-===//
//
// A web page can make a browser talk to a server on the user's own machine,
// under the page's name (DNS rebinding) or from its origin. A server on a
// loopback address answers only to loopback's names.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_HOSTCHECK_H
#define G4_RUNTIME_HTTP_HOSTCHECK_H

#include "runtime/http/CrossOrigin.h"
#include "runtime/http/HttpMessage.h"
#include "runtime/http/ServerOptions.h"

#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Whether `address`, in digits, is one that only this machine reaches.
bool isLoopback(std::string_view address);

class HostCheck {
public:
  /// On an address that is none of loopback, and on a socket file, the names
  /// that lead to it are not known, unless `allowedHosts` has them: then any
  /// Host is allowed, and an Origin of the same name.
  explicit HostCheck(const ServerOptions &options);

  /// Those whose pages may use the server although they are none of its names.
  const CrossOrigin &crossOrigin() const { return crossOrigin_; }

  /// Whether Host and Origin, where the request has them, are allowed.
  bool allows(const HttpRequest &request) const;

private:
  bool allowsHost(std::string_view host) const;
  bool allowsOrigin(std::string_view origin, std::string_view host) const;

  CrossOrigin crossOrigin_;
  bool knowsNames_;
  std::vector<std::string> names_; // lower case
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_HOSTCHECK_H
