//===- RawClient.h - A client that sends any bytes --------------*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_HTTP_RAWCLIENT_H
#define G4_TEST_RUNTIME_HTTP_RAWCLIENT_H

#include "runtime/base/Json.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace g4rt {

/// The value at `pointer`, null if there is none.
inline const json::value *find(const json::value &value,
                               std::string_view pointer) {
  json::error_code error;
  return value.find_pointer(pointer, error);
}
/// The string at `pointer`; "(none)" if there is none.
inline std::string stringAt(const json::value &value,
                            std::string_view pointer) {
  const json::value *found = find(value, pointer);
  return found && found->is_string() ? std::string(found->get_string())
                                     : "(none)";
}

/// A response as it came.
struct RawResponse {
  int status = 0; // 0: the connection ended before a whole response
  std::string head;
  std::string body; // chunks joined
  bool isWhole = false;

  json::value json() const {
    Result<json::value> value = parseJson(body);
    return value ? *value : json::value(nullptr);
  }
  /// A string of {"error":{...}}; "(none)" if there is none.
  std::string error(std::string_view field) const {
    return stringAt(json(), "/error/" + std::string(field));
  }
  bool hasHeader(std::string_view line) const {
    return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
  }
  /// The data of each event of a stream.
  std::vector<std::string> events() const {
    std::vector<std::string> out;
    for (size_t at = 0; (at = body.find("data: ", at)) != std::string::npos;) {
      size_t end = body.find("\n\n", at);
      out.push_back(body.substr(at + 6, end - at - 6));
      at = end;
    }
    return out;
  }
};

/// A connection to a port of this machine. Waits at most 20 s for any byte.
class RawClient {
public:
  /// `receiveBytes`: about what the kernel takes of unread bytes; 0: plenty.
  /// `host`: the client's own address is 127.0.0.`host`.
  explicit RawClient(uint16_t port, int receiveBytes = 0, uint32_t host = 1)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receiveBytes > 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receiveBytes,
                   sizeof(receiveBytes));
    timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~0xffU) | host);
    ::bind(fd_, reinterpret_cast<sockaddr *>(&address), sizeof(address));
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    isOpen_ = ::connect(fd_, reinterpret_cast<sockaddr *>(&address),
                        sizeof(address)) == 0;
  }
  RawClient(const RawClient &) = delete;
  RawClient &operator=(const RawClient &) = delete;
  ~RawClient() { close(); }

  bool isOpen() const { return isOpen_; }
  void close() {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }
  /// Says that nothing more will be sent.
  void closeSending() { ::shutdown(fd_, SHUT_WR); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  /// The next response of the connection.
  RawResponse receive(bool isHead = false) {
    RawResponse response;
    do {
      if (!readUntil("\r\n\r\n"))
        return response;
      size_t end = input_.find("\r\n\r\n") + 4;
      response.head = input_.substr(0, end);
      input_.erase(0, end);
    } while (response.head.starts_with("HTTP/1.1 100"));
    response.status = std::atoi(response.head.c_str() + 9);
    if (isHead || response.status == 204)
      response.isWhole = true;
    else if (response.head.find("Transfer-Encoding: chunked") !=
             std::string::npos)
      receiveChunks(response);
    else
      receiveSized(response);
    return response;
  }

  /// Everything up to the end of the connection.
  std::string receiveAll() {
    while (readMore()) {
    }
    return std::exchange(input_, {});
  }
  /// Whether the other side has closed.
  bool isClosedByServer() { return receiveAll().empty() && hasEnded_; }

  /// At least so much text of the response has come.
  bool readUntil(std::string_view text) {
    while (input_.find(text) == std::string::npos)
      if (!readMore())
        return false;
    return true;
  }

private:
  bool readMore() {
    char block[4096];
    ssize_t n = ::recv(fd_, block, sizeof(block), 0);
    hasEnded_ |= n == 0 || (n < 0 && errno == ECONNRESET);
    if (n <= 0)
      return false;
    input_.append(block, static_cast<size_t>(n));
    return true;
  }
  bool readBytes(size_t size) {
    while (input_.size() < size)
      if (!readMore())
        return false;
    return true;
  }
  void receiveSized(RawResponse &response) {
    size_t at = response.head.find("Content-Length: ");
    if (at == std::string::npos) {
      response.body = receiveAll();
      return;
    }
    size_t size = std::strtoul(response.head.c_str() + at + 16, nullptr, 10);
    response.isWhole = readBytes(size);
    response.body = input_.substr(0, size);
    input_.erase(0, response.body.size());
  }
  void receiveChunks(RawResponse &response) {
    while (readUntil("\r\n")) {
      size_t line = input_.find("\r\n") + 2;
      size_t size = std::strtoul(input_.c_str(), nullptr, 16);
      if (!readBytes(line + size + 2))
        return;
      response.body += input_.substr(line, size);
      input_.erase(0, line + size + 2);
      if (size == 0) {
        response.isWhole = true;
        return;
      }
    }
  }

  int fd_;
  bool isOpen_ = false;
  bool hasEnded_ = false;
  std::string input_;
};

/// A request with a body of JSON.
inline std::string postRequest(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
inline std::string getRequest(std::string_view path,
                              std::string_view method = "GET") {
  return std::string(method) + " " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

} // namespace g4rt

#endif // G4_TEST_RUNTIME_HTTP_RAWCLIENT_H
