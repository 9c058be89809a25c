//===- Http.h - Boost's JSON, Asio and Beast, precompiled -------*- C++ -*-===//
//
// For what speaks HTTP: a file then takes two thirds of the time.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_CMAKE_PCH_HTTP_H
#define G4_TOOLS_CMAKE_PCH_HTTP_H

#include "runtime/base/Json.h"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#endif // G4_TOOLS_CMAKE_PCH_HTTP_H
