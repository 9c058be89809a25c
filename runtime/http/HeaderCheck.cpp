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

Problem HeaderCheck::addRequestLine(std::string_view line) {
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
  isHttp11_ = version == "HTTP/1.1";
  return checkTarget(line.substr(0, first),
                     line.substr(first + 1, last - first - 1));
}

bool hasControlCharacter(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
  });
}

Problem checkFieldLine(std::string_view line) {
  size_t colon = line.find(':');
  if (colon == line.npos || !isToken(line.substr(0, colon)))
    return bad("header: a line needs to be Name: value");
  if (hasControlCharacter(line))
    return bad("header: a value holds a control character");
  return {};
}

// 18 digits cannot overflow 64 bits.
static std::optional<uint64_t> numberOf(std::string_view digits) {
  if (digits.empty() || digits.size() > 18 ||
      digits.find_first_not_of("0123456789") != digits.npos)
    return {};
  uint64_t number = 0;
  for (char digit : digits)
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  return number;
}

Problem HeaderCheck::checkValue(Single field, std::string_view value) {
  switch (field) {
  case Host:
    if (value.empty() || value.find_first_of("/?#@\\, \t") != value.npos)
      return bad("Host: needs a name and perhaps a port");
    return {};
  case Origin:
    if (value.empty())
      return bad("Origin: empty");
    return {};
  case ContentLength: {
    auto number = numberOf(value);
    if (!number)
      return bad("Content-Length: needs a number of bytes");
    contentLength_ = *number;
    return {};
  }
  case TransferEncoding:
    if (!asciiEqualsNoCase(value, "chunked"))
      return bad("Transfer-Encoding: only chunked is read");
    return {};
  case ContentEncoding:
    if (!asciiEqualsNoCase(value, "identity"))
      return ApiError{ErrorKind::UnsupportedEncoding,
                      "Content-Encoding: bodies are read as they are"};
    return {};
  case Expect:
    if (!asciiEqualsNoCase(value, "100-continue"))
      return ApiError{ErrorKind::ExpectationFailed,
                      "Expect: only 100-continue is known"};
    return {};
  case Authorization:
  case ContentType:
  case NumSingles:
    return {};
  }
  return {};
}

Problem HeaderCheck::addField(std::string_view name, std::string_view value) {
  constexpr std::string_view kNames[NumSingles] = {"Host",
                                                   "Origin",
                                                   "Authorization",
                                                   "Content-Length",
                                                   "Transfer-Encoding",
                                                   "Content-Encoding",
                                                   "Content-Type",
                                                   "Expect"};
  if (++numFields_ > limits_.maxHeaderFields)
    return ApiError{ErrorKind::HeaderTooLarge,
                    "header: more than " +
                        std::to_string(limits_.maxHeaderFields) + " fields"};
  for (int field = 0; field < NumSingles; ++field) {
    if (!asciiEqualsNoCase(name, kNames[field]))
      continue;
    if (std::exchange(isSeen_[static_cast<size_t>(field)], true))
      return bad(std::string(kNames[field]) + ": at most once");
    return checkValue(static_cast<Single>(field), value);
  }
  return {};
}

Problem HeaderCheck::addLine(std::string_view line) {
  if (!std::exchange(hasRequestLine_, true))
    return addRequestLine(line);
  if (Problem problem = checkFieldLine(line))
    return problem;
  size_t colon = line.find(':');
  return addField(line.substr(0, colon),
                  asciiTrimmed(line.substr(colon + 1), " \t"));
}

Problem HeaderCheck::finish() const {
  if (isHttp11_ && !has(Host))
    return bad("Host: needed once");
  if (has(ContentLength) && has(TransferEncoding))
    return bad("Content-Length, Transfer-Encoding: at most one");
  if (has(TransferEncoding) && !isHttp11_)
    return bad("Transfer-Encoding: not known in HTTP/1.0");
  return {};
}

bool HeaderCheck::isChunked() const { return has(TransferEncoding); }

bool HeaderCheck::expectsContinue() const { return has(Expect) && isHttp11_; }

} // namespace g4rt
