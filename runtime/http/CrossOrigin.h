//===- CrossOrigin.h - Pages of other servers (CORS) ------------*- C++ -*-===//
//
// A browser lets a page of another origin use the server only if the server
// says so: in answers, and for requests that are more than a form's in an
// answer to a question before them, the preflight, which carries no key.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_CROSSORIGIN_H
#define G4_RUNTIME_HTTP_CROSSORIGIN_H

#include "runtime/http/HttpMessage.h"

#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Whether `origin` can be one: "*" for any, or scheme, name and maybe port,
/// "https://chat.example:8443".
bool isOrigin(std::string_view origin);

/// Any thread.
class CrossOrigin {
public:
  /// Each has passed isOrigin.
  explicit CrossOrigin(const std::vector<std::string> &origins);

  /// Whether a page of the request's Origin may use the server.
  bool allows(const HttpRequest &request) const;
  /// Whether it is a preflight of such a page.
  bool isPreflight(const HttpRequest &request) const;
  /// The answer to one.
  static HttpResponse preflight(const HttpRequest &request);

private:
  bool allowsAny_ = false;
  std::vector<std::string> origins_; // lower case
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_CROSSORIGIN_H
