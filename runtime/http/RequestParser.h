//===- RequestParser.h - Bytes of a connection to a request -----*- C++ -*-===//
//
// HeaderCheck holds each line of the header against its rules as it comes, and
// Boost.Beast parses what has passed; the body is read here. Bytes may arrive
// in any pieces: the same bytes give the same request or the same error.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_REQUESTPARSER_H
#define G4_RUNTIME_HTTP_REQUESTPARSER_H

#include "runtime/http/ApiError.h"
#include "runtime/http/ChunkDecoder.h"
#include "runtime/http/HeaderCheck.h"
#include "runtime/http/HttpMessage.h"
#include "runtime/http/ServerOptions.h"

#include <functional>
#include <optional>
#include <string>

namespace g4rt {

/// Reads one request.
class RequestParser {
public:
  enum class State { Header, Body, Done, Failed };

  /// Whether the body, which is not there yet, may take so many bytes of
  /// memory. Asked before each time that it takes some.
  using BodyRoom = std::function<bool(size_t numBytes)>;

  explicit RequestParser(const HttpLimits &limits, BodyRoom room = {});
  RequestParser(const RequestParser &) = delete; // its parts borrow from it
  RequestParser &operator=(const RequestParser &) = delete;

  /// Goes on with `input`, all bytes that have arrived and were not consumed,
  /// and takes from its front what belongs to this request.
  State feed(std::string &input);

  /// Whether the client waits for "100 Continue". False until the header has
  /// been read and the body may come.
  bool expectsContinue() const { return expectsContinue_; }
  /// In state Failed. The rest of the connection's bytes mean nothing.
  const ApiError &error() const { return error_; }
  /// In state Done, once. Its id is empty.
  HttpRequest take();

private:
  void feedHeader(std::string &input);
  void onHeaderLine(std::string_view line);
  void parseHeader();
  void beginBody();
  void feedBody(std::string &input);
  bool takeRoom(size_t numBytes);
  std::optional<ApiError> append(std::string_view data);
  void fail(ApiError error);

  HttpLimits limits_;
  BodyRoom room_;
  State state_ = State::Header;
  std::string header_; // its lines so far, each with its CR LF
  HeaderCheck check_;
  std::optional<ChunkDecoder> chunks_; // of a body in chunks
  HttpRequest request_;
  bool expectsContinue_ = false;
  ApiError error_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_REQUESTPARSER_H
