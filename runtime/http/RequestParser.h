//===- RequestParser.h - Bytes of a connection to a request -----*- C++ -*-===//
//
// Boost.Beast parses; this class collects the header first, holds it against
// HeaderCheck, and keeps all limits. Bytes may arrive in any pieces.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_REQUESTPARSER_H
#define G4_RUNTIME_HTTP_REQUESTPARSER_H

#include "runtime/http/ApiError.h"
#include "runtime/http/HttpMessage.h"
#include "runtime/http/ServerOptions.h"

#include <memory>
#include <string>

namespace g4rt {

/// Reads one request.
class RequestParser {
public:
  enum class State { Header, Body, Done, Failed };

  explicit RequestParser(const HttpLimits &limits);
  ~RequestParser();

  /// Goes on with `input`, all bytes that have arrived and were not consumed,
  /// and takes from its front what belongs to this request.
  State feed(std::string &input);

  /// In state Body: whether the client waits for "100 Continue".
  bool expectsContinue() const;
  /// In state Failed. The rest of the connection's bytes mean nothing.
  const ApiError &error() const { return error_; }
  /// In state Done, once. Its id is empty.
  HttpRequest take();

private:
  struct Body;

  State feedHeader(std::string &input);
  State feedBody(std::string &input);
  State readHeader(std::string &input, size_t size);
  State fail(ApiError error);

  HttpLimits limits_;
  State state_ = State::Header;
  size_t searched_ = 0; // bytes of input that hold no end of the header
  std::unique_ptr<Body> body_;
  ApiError error_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_REQUESTPARSER_H
