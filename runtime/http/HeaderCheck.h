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

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace g4rt {

inline constexpr size_t kMaxRequestLineBytes = 8192;

/// Whether a character of `text` is a control character other than a tab.
bool hasControlCharacter(std::string_view text);

/// What is wrong with a line that needs to be `Name: value`, without its CR LF:
/// a folded line, a space before the colon, a control character.
std::optional<ApiError> checkFieldLine(std::string_view line);

/// Takes the lines of one header, first the request line. A header is plain if
/// it has METHOD /path HTTP/1.0 or 1.1; no control character; one Host in 1.1;
/// of Content-Length (digits) and Transfer-Encoding (`chunked` alone, in 1.1)
/// at most one; no field twice that decides about framing or access; no encoded
/// content; no expectation but 100-continue.
class HeaderCheck {
public:
  explicit HeaderCheck(const HttpLimits &limits) : limits_(limits) {}

  /// What is wrong with the next line, without its CR LF. The line of a request
  /// is not empty.
  std::optional<ApiError> addLine(std::string_view line);
  /// What is wrong with the header, now that it has ended.
  std::optional<ApiError> finish() const;

  // Of a plain header.

  bool isChunked() const;
  /// The bytes of a body that is not chunked.
  uint64_t contentLength() const { return contentLength_; }
  /// Whether the client waits for "100 Continue" before it sends a body. One of
  /// HTTP/1.0 does not know how to.
  bool expectsContinue() const;

private:
  /// Fields that decide about framing or access: a second one is refused, for
  /// who stands in front of the server may read the other.
  enum Single {
    Host,
    Origin,
    Authorization,
    ContentLength,
    TransferEncoding,
    ContentEncoding,
    ContentType,
    Expect,
    NumSingles
  };

  std::optional<ApiError> addRequestLine(std::string_view line);
  std::optional<ApiError> addField(std::string_view name,
                                   std::string_view value);
  std::optional<ApiError> checkValue(Single field, std::string_view value);
  bool has(Single field) const { return isSeen_[field]; }

  const HttpLimits &limits_;
  bool hasRequestLine_ = false;
  bool isHttp11_ = false;
  size_t numFields_ = 0;
  std::array<bool, NumSingles> isSeen_{};
  uint64_t contentLength_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_HEADERCHECK_H
