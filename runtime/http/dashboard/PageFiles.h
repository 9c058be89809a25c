//===- PageFiles.h - The files of the web page ------------------*- C++ -*-===//
//
// runtime/http/dashboard/page, as the build put it into the program
// (tools/cmake/EmbedFiles.cmake).
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_DASHBOARD_PAGEFILES_H
#define G4_RUNTIME_HTTP_DASHBOARD_PAGEFILES_H

#include <span>
#include <string_view>

namespace g4rt {

struct PageFile {
  std::string_view name; // "index.html"
  std::string_view content;
};

std::span<const PageFile> pageFiles();

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_DASHBOARD_PAGEFILES_H
