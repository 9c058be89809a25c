//===- HeaderCheck.h - Refuses what two readers could read twice *- C++ -*-===//
//
// Request smuggling lives from headers that a proxy and a server read
// differently. These rules are stricter than the parser's: what is not plain is
// refused, and the connection closes.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_HEADERCHECK_H
#define G4_RUNTIME_HTTP_HEADERCHECK_H

#include "runtime/http/ApiError.h"
#include "runtime/http/ServerOptions.h"

#include <optional>
#include <string_view>

namespace g4rt {

inline constexpr size_t kMaxRequestLineBytes = 8192;

/// What is wrong with `header`: the request line and the fields of a request,
/// with the CR LF of each line but without the empty line. None if it is plain:
/// METHOD /path HTTP/1.0 or 1.1; no bare LF or CR, no folded line, no space
/// before a colon, no control character; one Host in 1.1; of Content-Length
/// (digits) and Transfer-Encoding (`chunked` alone, in 1.1) at most one, once;
/// no encoded content; no expectation but 100-continue.
std::optional<ApiError> checkHeader(std::string_view header,
                                    const HttpLimits &limits);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_HEADERCHECK_H
