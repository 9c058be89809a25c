//===- Router.h - Which endpoint answers a request --------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_ROUTER_H
#define G4_RUNTIME_HTTP_ROUTER_H

#include "runtime/http/Exchange.h"
#include "runtime/http/KeyCheck.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Answers through the exchange, now or later, from any thread.
using Handler = std::function<void(const std::shared_ptr<Exchange> &)>;

/// Where a handler runs. The loop must never wait or compute for long.
enum class RunOn { Loop, Worker };

/// An Access that nobody can leave out: without one a Route does not compile.
struct RouteAccess {
  constexpr RouteAccess(Access needed) : needed(needed) {}
  Access needed;
};

struct Route {
  std::string method; // "GET" or "POST"; HEAD goes where GET goes
  /// "/health"; one that ends in "/" takes every path that goes on from there.
  std::string path;
  RouteAccess access;
  RunOn runOn = RunOn::Loop;
  Handler handler;
};

/// The route, or how to answer without one.
struct RouteMatch {
  const Route *route = nullptr;
  HttpResponse response; // if there is none: 404, 405, or 204 for OPTIONS
};

class Router {
public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  /// The path is compared as it was sent: nothing is decoded.
  RouteMatch match(std::string_view method, std::string_view path) const;

  /// The most that a route of this path asks for, whatever the method; of a
  /// path that there is not, as much as of a user, so that a stranger does not
  /// learn which there are.
  Access accessOf(std::string_view path) const;

  const std::vector<Route> &routes() const { return routes_; }

private:
  std::vector<Route> routes_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_ROUTER_H
