//===- HttpMessage.cpp - Requests and responses ---------------------------===//

#include "runtime/http/HttpMessage.h"

#include <cstdio>

namespace g4rt {

namespace {

struct Reason {
  int status;
  std::string_view phrase;
};

} // namespace

constexpr Reason kReasons[] = {{200, "OK"},
                               {204, "No Content"},
                               {400, "Bad Request"},
                               {403, "Forbidden"},
                               {404, "Not Found"},
                               {405, "Method Not Allowed"},
                               {408, "Request Timeout"},
                               {413, "Content Too Large"},
                               {414, "URI Too Long"},
                               {415, "Unsupported Media Type"},
                               {417, "Expectation Failed"},
                               {429, "Too Many Requests"},
                               {431, "Request Header Fields Too Large"},
                               {499, "Client Closed Request"},
                               {500, "Internal Server Error"},
                               {503, "Service Unavailable"},
                               {505, "HTTP Version Not Supported"}};

std::string_view reasonPhrase(int status) {
  for (const Reason &reason : kReasons)
    if (reason.status == status)
      return reason.phrase;
  return "Unknown";
}

static void appendField(std::string &head, std::string_view name,
                        std::string_view value) {
  ((head += name) += ": ") += value;
  head += "\r\n";
}

static std::string beginHead(int status, const ResponseFraming &framing) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
  (head += reasonPhrase(status)) += "\r\n";
  if (!framing.requestId.empty())
    appendField(head, "X-Request-Id", framing.requestId);
  appendField(head, "X-Content-Type-Options", "nosniff");
  if (!framing.allowedOrigin.empty()) {
    appendField(head, "Access-Control-Allow-Origin", framing.allowedOrigin);
    appendField(head, "Access-Control-Expose-Headers",
                "X-Request-Id, Retry-After");
    appendField(head, "Vary", "Origin");
  }
  if (!framing.keepAlive)
    appendField(head, "Connection", "close");
  else if (!framing.isHttp11)
    appendField(head, "Connection", "keep-alive");
  return head;
}

bool sendsBody(const HttpResponse &response, const ResponseFraming &framing) {
  return response.status != 204 && !framing.isHead;
}

std::string formatResponseHead(const HttpResponse &response,
                               const ResponseFraming &framing) {
  std::string out = beginHead(response.status, framing);
  for (const HttpHeader &header : response.headers)
    appendField(out, header.name, header.value);
  if (response.status != 204) {
    appendField(out, "Content-Type", response.contentType);
    appendField(out, "Content-Length", std::to_string(response.body.size()));
  }
  return out + "\r\n";
}

std::string formatResponse(const HttpResponse &response,
                           const ResponseFraming &framing) {
  std::string head = formatResponseHead(response, framing);
  return sendsBody(response, framing) ? head + response.body : head;
}

std::string formatStreamHead(std::string_view contentType,
                             const ResponseFraming &framing) {
  std::string head = beginHead(200, framing);
  appendField(head, "Content-Type", contentType);
  appendField(head, "Cache-Control", "no-cache");
  if (framing.isHttp11)
    appendField(head, "Transfer-Encoding", "chunked");
  return head + "\r\n";
}

std::string formatChunk(std::string_view data) {
  char size[24];
  std::snprintf(size, sizeof(size), "%zx\r\n", data.size());
  std::string chunk(size);
  (chunk += data) += "\r\n";
  return chunk;
}

} // namespace g4rt
