//===- Page.cpp - The web page as responses -------------------------------===//

#include "runtime/http/dashboard/Page.h"

#include "runtime/http/dashboard/PageFiles.h"

#include <string>
#include <string_view>

namespace g4rt {

/// The page: its own files alone, no inline script or style, in nobody's frame.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The frame around a drawing: no script, no network. A drawing is an image of
/// a data URL in it, and browsers load nothing for such an image either.
constexpr std::string_view kFramePolicy =
    "default-src 'none'; img-src data:; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin";

constexpr std::string_view kFrameFile = "frame.html";

static std::string_view typeOf(std::string_view name) {
  if (name.ends_with(".css"))
    return "text/css; charset=utf-8";
  if (name.ends_with(".js"))
    return "text/javascript; charset=utf-8";
  if (name.ends_with(".json"))
    return "application/json";
  if (name.ends_with(".svg"))
    return "image/svg+xml";
  return "text/html; charset=utf-8";
}

static HttpResponse responseOf(const PageFile &file) {
  std::string_view policy =
      file.name == kFrameFile ? kFramePolicy : kPagePolicy;
  return {.contentType = std::string(typeOf(file.name)),
          .body = std::string(file.content),
          .headers = {{"Content-Security-Policy", std::string(policy)},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cross-Origin-Resource-Policy", "same-origin"},
                      {"Cache-Control", "no-cache"}}};
}

static Route routeOf(std::string path, const PageFile &file) {
  return {"GET", std::move(path), Access::Open, RunOn::Loop,
          [&file](const std::shared_ptr<Exchange> &call) {
            call->respond(responseOf(file));
          }};
}

std::vector<Route> pageRoutes() {
  std::vector<Route> routes;
  for (const PageFile &file : pageFiles()) {
    routes.push_back(routeOf("/g4/page/" + std::string(file.name), file));
    if (file.name == "index.html")
      routes.push_back(routeOf("/", file));
  }
  return routes;
}

} // namespace g4rt
