//===- Router.cpp - Which endpoint answers a request ----------------------===//

#include "runtime/http/Router.h"

#include <algorithm>
#include <optional>

namespace g4rt {

// "/" is the root alone, not every path.
static bool matchesPath(const Route &route, std::string_view path) {
  if (route.path.size() > 1 && route.path.ends_with('/'))
    return path.size() > route.path.size() && path.starts_with(route.path);
  return path == route.path;
}

// "GET, HEAD" for GET.
static void appendMethods(std::string &allow, const std::string &method) {
  allow += (allow.empty() ? "" : ", ") + method;
  if (method == "GET")
    allow += ", HEAD";
}

static HttpResponse withoutRoute(std::string_view method, std::string allow,
                                 ErrorShape shape) {
  if (allow.empty())
    return errorResponse(
        {ErrorKind::UnknownUrl, "there is nothing under this path"}, shape);
  allow += ", OPTIONS";
  HttpResponse response{.status = 204};
  if (method != "OPTIONS")
    response =
        errorResponse({ErrorKind::MethodNotAllowed, "needs " + allow}, shape);
  response.headers.push_back({"Allow", std::move(allow)});
  return response;
}

Access Router::accessOf(std::string_view path) const {
  std::optional<Access> most;
  for (const Route &route : routes_)
    if (matchesPath(route, path))
      most = std::max(most.value_or(Access::Open), route.access.needed);
  return most.value_or(Access::User);
}

RouteMatch Router::match(std::string_view method, std::string_view path) const {
  std::string allow;
  for (const Route &route : routes_) {
    if (!matchesPath(route, path))
      continue;
    if (route.method == method || (method == "HEAD" && route.method == "GET"))
      return {.route = &route, .response = {}};
    appendMethods(allow, route.method);
  }
  return {.route = nullptr,
          .response =
              withoutRoute(method, std::move(allow), errorShapeOf(path))};
}

} // namespace g4rt
