//===- HttpPch.h - Boost's JSON, Asio and Beast -----------------*- C++ -*-===//
//
// Precompiled once for what speaks HTTP and its tests: a file then takes two
// thirds of the time. A file still includes what it names; this header only
// makes that cheap.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_CMAKE_HTTPPCH_H
#define G4_TOOLS_CMAKE_HTTPPCH_H

#include "runtime/base/Json.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#endif // G4_TOOLS_CMAKE_HTTPPCH_H
