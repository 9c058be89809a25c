//===- HeaderCheck.cpp - Refuses what two readers could read twice --------===//

#include "runtime/http/HeaderCheck.h"

#include "runtime/base/Ascii.h"

#include <algorithm>

namespace g4rt {

using Problem = std::optional<ApiError>;

static ApiError bad(std::string message) {
  return {ErrorKind::BadFraming, std::move(message)};
}

static bool isTokenCharacter(char c) {
  return (asciiLower(c) >= 'a' && asciiLower(c) <= 'z') ||
         (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

static bool isToken(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), isTokenCharacter);
}

namespace {

/// What the fields say about framing.
struct Framing {
  bool isHttp11 = false;
  size_t numFields = 0;
  size_t numHosts = 0;
  size_t numLengths = 0;
  size_t numEncodings = 0;
};

} // namespace

static bool isVersion(std::string_view text) {
  auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 8 && text.starts_with("HTTP/") && isDigit(text[5]) &&
         text[6] == '.' && isDigit(text[7]);
}

static Problem checkTarget(std::string_view method, std::string_view target) {
  for (char c : target)
    if (c <= ' ' || c > '~')
      return bad("request line: the target holds a character that needs "
                 "percent encoding");
  if (target.starts_with('/') || (target == "*" && method == "OPTIONS"))
    return {};
  return bad("request line: the target needs to start with /");
}

static Problem checkRequestLine(std::string_view line, Framing &framing) {
  if (line.size() > kMaxRequestLineBytes)
    return ApiError{ErrorKind::UriTooLong, "the request line is too long"};
  size_t first = line.find(' ');
  size_t last = line.rfind(' ');
  if (first == line.npos || first == last)
    return bad("request line: needs METHOD /path HTTP/1.1");
  std::string_view version = line.substr(last + 1);
  if (!isToken(line.substr(0, first)) || !isVersion(version))
    return bad("request line: needs METHOD /path HTTP/1.1");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return ApiError{ErrorKind::VersionNotSupported,
                    "this server speaks HTTP/1.1"};
  framing.isHttp11 = version == "HTTP/1.1";
  return checkTarget(line.substr(0, first),
                     line.substr(first + 1, last - first - 1));
}

static Problem checkLength(std::string_view value) {
  // 18 digits cannot overflow 64 bits.
  if (value.empty() || value.size() > 18 ||
      value.find_first_not_of("0123456789") != value.npos)
    return bad("Content-Length: needs a number of bytes");
  return {};
}

static Problem checkMeaning(std::string_view name, std::string_view value,
                            Framing &framing) {
  if (asciiEqualsNoCase(name, "host")) {
    ++framing.numHosts;
    if (value.find_first_of("/?#@\\, \t") != value.npos)
      return bad("Host: needs a name and perhaps a port");
  }
  if (asciiEqualsNoCase(name, "content-length")) {
    ++framing.numLengths;
    return checkLength(value);
  }
  if (asciiEqualsNoCase(name, "transfer-encoding")) {
    ++framing.numEncodings;
    if (!asciiEqualsNoCase(value, "chunked"))
      return bad("Transfer-Encoding: only chunked is read");
  }
  if (asciiEqualsNoCase(name, "content-encoding") &&
      !asciiEqualsNoCase(value, "identity"))
    return ApiError{ErrorKind::UnsupportedEncoding,
                    "Content-Encoding: bodies are read as they are"};
  if (asciiEqualsNoCase(name, "expect") &&
      !asciiEqualsNoCase(value, "100-continue"))
    return ApiError{ErrorKind::ExpectationFailed,
                    "Expect: only 100-continue is known"};
  return {};
}

static Problem checkField(std::string_view line, Framing &framing) {
  ++framing.numFields;
  size_t colon = line.find(':');
  if (colon == line.npos || !isToken(line.substr(0, colon)))
    return bad("header: a line needs to be Name: value");
  for (char c : line)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f)
      return bad("header: a value holds a control character");
  return checkMeaning(line.substr(0, colon),
                      asciiTrimmed(line.substr(colon + 1), " \t"), framing);
}

static Problem checkFraming(const Framing &framing) {
  if (framing.numHosts > 1 || (framing.isHttp11 && framing.numHosts == 0))
    return bad("Host: needed once");
  if (framing.numLengths + framing.numEncodings > 1)
    return bad("Content-Length, Transfer-Encoding: at most one, once");
  if (framing.numEncodings && !framing.isHttp11)
    return bad("Transfer-Encoding: not known in HTTP/1.0");
  return {};
}

Problem checkHeader(std::string_view header, const HttpLimits &limits) {
  Framing framing;
  for (bool isFirst = true; !header.empty(); isFirst = false) {
    size_t end = header.find("\r\n");
    if (end == header.npos)
      return bad("header: a line needs to end with CR LF");
    std::string_view line = header.substr(0, end);
    header.remove_prefix(end + 2);
    if (Problem problem = isFirst ? checkRequestLine(line, framing)
                                  : checkField(line, framing))
      return problem;
    if (framing.numFields > limits.maxHeaderFields)
      return ApiError{ErrorKind::HeaderTooLarge,
                      "header: more than " +
                          std::to_string(limits.maxHeaderFields) + " fields"};
  }
  return checkFraming(framing);
}

} // namespace g4rt
