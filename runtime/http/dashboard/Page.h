//===- Page.h - The web page as responses -----------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_DASHBOARD_PAGE_H
#define G4_RUNTIME_HTTP_DASHBOARD_PAGE_H

#include "runtime/http/Router.h"

#include <vector>

namespace g4rt {

/// "/" and "/g4/page/NAME" for each file of the page, with the fields that keep
/// a browser from loading or running anything else.
std::vector<Route> pageRoutes();

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_DASHBOARD_PAGE_H
