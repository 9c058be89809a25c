//===- ConnectionPiecesTest.cpp - However a request is cut ----------------===//
//
// Bytes arrive in pieces that neither end chooses. Every request below is sent
// whole, byte by byte, and cut at every place: all bytes that come back are the
// same.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "test/runtime/http/TestOwner.h"

namespace g4rt {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Answers each request at once, with all that it says.
class Echo : public TestOwner {
public:
  Echo()
      : TestOwner({.maxHeaderBytes = 256,
                   .maxHeaderFields = 10,
                   .maxBodyBytes = 200}) {}

  void handle(std::shared_ptr<Exchange> exchange) override {
    const HttpRequest &request = exchange->request();
    exchange->respond({.body = request.method + "|" + request.path + "|" +
                               request.host + "|" + request.origin + "|" +
                               request.body + "|" +
                               (request.keepAlive ? "keep" : "close")});
  }
  void countResponse(int) override {}
  void forget(Connection &) override { isOver = true; }

  bool isOver = false;
};

/// All that a server sends to a client who sends `pieces` and then ends.
std::string answersTo(const std::vector<std::string_view> &pieces) {
  Echo owner;
  asio::io_context loop;
  tcp::acceptor acceptor(loop,
                         tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(loop);
  client.connect(acceptor.local_endpoint());
  client.set_option(tcp::no_delay(true));
  std::make_shared<Connection>(ClientSocket(acceptor.accept(), nullptr), owner)
      ->start();
  boost::system::error_code error;
  for (std::string_view piece : pieces) {
    asio::write(client, asio::buffer(piece), error);
    loop.restart();
    loop.poll();
  }
  client.shutdown(tcp::socket::shutdown_send, error);
  loop.restart();
  while (!owner.isOver && loop.run_one() > 0) {
  }
  std::string all;
  asio::read(client, asio::dynamic_buffer(all), error);
  return all;
}

std::string post(std::string_view fields, std::string_view body) {
  return "POST /p?q HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "\r\n" + std::string(body);
}
std::string chunked(std::string_view body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}
std::string sized(std::string_view body) {
  return post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

/// What clients send, good and bad.
std::vector<std::string> requests() {
  const std::string get = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
  return {
      get + "\r\n",
      "\r\n\r\n" + get + "\r\n",
      get + "Connection: close\r\n\r\n" + get + "\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
      sized("hello") + get + "\r\n" + sized(""),
      sized(std::string(200, 'x')),
      sized(std::string(201, 'x')),
      post("Content-Length: 5\r\nExpect: 100-continue\r\n", "hello"),
      post("Content-Length: 500\r\nExpect: 100-continue\r\n", "hello"),
      post("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n",
           "3\r\nabc\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", "fff\r\n"),
      post("Expect: 100-continue\r\n", get + "\r\n"),
      chunked("0\r\n\r\n") + get + "\r\n",
      chunked("3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n") + get + "\r\n",
      chunked("1\r\na\r\n0\r\nOrigin: http://evil\r\nConnection: close\r\n"
              "Host: evil\r\nContent-Length: 9\r\n\r\n") +
          get + "\r\n",
      chunked("1\r\na\r\n0\r\nA: " + std::string(300, 't') + "\r\n\r\n"),
      chunked("0\r\nno trailer\r\n\r\n"),
      chunked("0\r\nA: b\n\r\n"),
      chunked("1;" + std::string(300, 'x') + "\r\na\r\n0\r\n\r\n"),
      chunked("c8\r\n" + std::string(200, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n"),
      chunked("-1\r\n\r\n"),
      chunked("1\nx\r\n0\r\n\r\n"),
      chunked("2\r\nabc\r\n0\r\n\r\n"),
      chunked("11111111111111111\r\nx"),
      post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"),
      post("Content-Length: +1\r\n", "x"),
      post("Transfer-Encoding: gzip\r\n", ""),
      post("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"),
      get + "Origin: http://localhost\r\n\r\n",
      get + "Origin: http://localhost\r\nOrigin: http://evil\r\n\r\n",
      get + "Host: evil\r\n\r\n",
      get + "X: a\r\n b\r\n\r\n",
      get + "X: a\n\r\n",
      get + "X : a\r\n\r\n",
      get + "X: " + std::string(300, 'a') + "\r\n\r\n",
      get + "X: " + std::string(300, 'a') + "\n\r\n",
      get + "A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\nA: 8\r\n"
            "A: 9\r\nA: 10\r\n\r\n",
      "GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\n\r\n",
      "GET / HTTP/1.1\rHost: h\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "\x16\x03\x01\x02\n",
      "\n\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};
}

TEST(ConnectionPiecesTest, EveryCutOfEveryRequestGetsTheSameAnswer) {
  for (const std::string &request : requests()) {
    std::string_view bytes = request;
    std::string whole = answersTo({bytes});
    EXPECT_TRUE(whole.starts_with("HTTP/1.1 ")) << request;
    for (size_t cut = 1; cut < bytes.size(); ++cut)
      ASSERT_EQ(answersTo({bytes.substr(0, cut), bytes.substr(cut)}), whole)
          << request << "\ncut at " << cut;
  }
}

TEST(ConnectionPiecesTest, ByteByByteGetsTheSameAnswer) {
  for (const std::string &request : requests()) {
    std::vector<std::string_view> bytes;
    for (size_t i = 0; i < request.size(); ++i)
      bytes.push_back(std::string_view(request).substr(i, 1));
    ASSERT_EQ(answersTo(bytes), answersTo({request})) << request;
  }
}

TEST(ConnectionPiecesTest, ATrailerChangesNothing) {
  std::string all = answersTo(
      {"POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
       "1\r\na\r\n0\r\nOrigin: http://evil\r\nConnection: close\r\n\r\n"});
  EXPECT_NE(all.find("POST|/p|h||a|keep"), std::string::npos) << all;
}

} // namespace
} // namespace g4rt
