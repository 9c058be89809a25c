//===- HttpMessage.h - Requests and responses -------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_HTTPMESSAGE_H
#define G4_RUNTIME_HTTP_HTTPMESSAGE_H

#include "runtime/http/MemoryPool.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

class KeyAccount;

/// A request whose framing is right.
struct HttpRequest {
  std::string method = {};  // "POST"
  std::string path = {};    // as it was sent, without the query
  std::string query = {};   // what stands after the "?"
  std::string host = {};    // the field's value, empty if there was none
  std::string origin = {};  // likewise
  std::string timeout = {}; // X-Request-Timeout, empty if there was none
  // Access-Control-Request-Method and -Headers of a preflight.
  std::string wantedMethod = {};
  std::string wantedHeaders = {};
  std::string allowedOrigin = {}; // the origin, if its pages may read answers
  std::string key = {}; // that it came with (KeyCheck.h); never logged
  std::shared_ptr<KeyAccount> account = {}; // of the key; null: no key is asked
  std::string body = {};
  MemoryPool::Lease bodyLease = {}; // counts the body
  std::string client = {}; // who sent it, for shares; means nothing else
  std::string id = {};     // names the request in the log and in the response
  bool keepAlive = true;
  bool isHttp11 = true; // HTTP/1.0 knows no chunks
};

struct HttpHeader {
  std::string name;
  std::string value;

  bool operator==(const HttpHeader &) const = default;
};

/// A whole response.
struct HttpResponse {
  int status = 200;
  std::string contentType = "application/json";
  std::string body = {};
  std::vector<HttpHeader> headers = {};
};

/// How a response stands on its connection.
struct ResponseFraming {
  std::string_view requestId = {};
  bool isHead = false; // the body is left out, its length is not
  bool keepAlive = true;
  bool isHttp11 = true;
  std::string_view allowedOrigin = {}; // HttpRequest's
};

/// "Not Found"; "Unknown" for a status that this server does not send.
std::string_view reasonPhrase(int status);

/// The bytes of `response` before its body.
std::string formatResponseHead(const HttpResponse &response,
                               const ResponseFraming &framing);

/// Whether the body of `response` follows its head.
bool sendsBody(const HttpResponse &response, const ResponseFraming &framing);

/// All bytes of `response`.
std::string formatResponse(const HttpResponse &response,
                           const ResponseFraming &framing);

/// The head of a response of unknown length, whose body comes in chunks, or up
/// to the connection's end for HTTP/1.0.
std::string formatStreamHead(std::string_view contentType,
                             const ResponseFraming &framing);

/// One chunk; `data` is not empty.
std::string formatChunk(std::string_view data);

/// What ends a body in chunks.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_HTTPMESSAGE_H
