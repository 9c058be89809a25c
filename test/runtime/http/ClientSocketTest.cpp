#include "runtime/http/ClientSocket.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <openssl/ssl.h>
#include <string>
#include <thread>

#include "test/runtime/http/TestCertificate.h"

namespace g4rt {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol::socket;

class ClientSocketTest : public testing::Test {
protected:
  ClientSocketTest() { std::signal(SIGPIPE, SIG_IGN); }

  /// The server's end of a pair; the other one is far_.
  ClientSocket connect(std::shared_ptr<const TlsContext> tls) {
    Local near(loop_);
    asio::local::connect_pair(near, far_);
    return ClientSocket(std::move(near), std::move(tls));
  }
  /// All that comes until `size` bytes are there.
  std::string readAll(ClientSocket &socket, size_t size) {
    std::string all;
    while (all.size() < size) {
      bool isReady = false;
      socket.waitToRead([&](ClientSocket::Error) { isReady = true; });
      loop_.restart();
      while (!isReady)
        loop_.run_one();
      ClientSocket::Error error;
      size_t numBytes = socket.readSome(block_, error);
      if (error && error != asio::error::would_block)
        break;
      all.append(block_.data(), numBytes);
    }
    return all;
  }
  /// In two buffers, the first of ten bytes, which shrink as they are written.
  void writeAll(ClientSocket &socket, const std::string &data) {
    std::array<asio::const_buffer, 2> buffers = {
        asio::buffer(data, 10),
        asio::buffer(data) + std::min<size_t>(10, data.size())};
    bool hasFailed = false;
    while (asio::buffer_size(buffers) > 0 && !hasFailed) {
      bool isWritten = false;
      socket.writeSome(buffers,
                       [&](ClientSocket::Error error, size_t numBytes) {
                         EXPECT_FALSE(error) << error.message();
                         hasFailed = error.failed();
                         size_t ofFirst = std::min(numBytes, buffers[0].size());
                         buffers[0] += ofFirst;
                         buffers[1] += numBytes - ofFirst;
                         isWritten = true;
                       });
      loop_.restart();
      while (!isWritten)
        loop_.run_one();
    }
    if (hasFailed)
      socket.close(); // so that the other end does not wait for the rest
  }

  asio::io_context loop_;
  Local far_{loop_};
  std::array<char, 4096> block_;
};

TEST_F(ClientSocketTest, WithoutTlsBytesAreAsTheyAre) {
  ClientSocket socket = connect(nullptr);
  EXPECT_EQ(socket.peer(), "unix");
  EXPECT_FALSE(socket.isOpening());
  ClientSocket::Error error;
  EXPECT_EQ(socket.readSome(block_, error), 0u);
  EXPECT_EQ(error, asio::error::would_block);
  asio::write(far_, asio::buffer(std::string(10000, 'x')));
  EXPECT_EQ(readAll(socket, 10000), std::string(10000, 'x'));
  writeAll(socket, "hello, here is more");
  char text[64];
  EXPECT_EQ(far_.read_some(asio::buffer(text)), 19u);
}

TEST_F(ClientSocketTest, ClientsOfTcpAreToldApartByAddress) {
  using asio::ip::tcp;
  tcp::acceptor acceptor(loop_,
                         tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(loop_);
  client.connect(acceptor.local_endpoint());
  EXPECT_EQ(ClientSocket(acceptor.accept(), nullptr).peer(), "127.0.0.1");
}

TEST_F(ClientSocketTest, WithTlsBytesComeThroughWhole) {
  TestCertificate certificate;
  ClientSocket socket = connect(certificate.context());
  EXPECT_TRUE(socket.isOpening());
  std::string sent(300'000, 'y'), got;
  far_.native_non_blocking(false);
  std::thread client([&, descriptor = far_.native_handle()] {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *session = SSL_new(context);
    SSL_set_fd(session, descriptor);
    SSL_connect(session);
    SSL_write(session, sent.data(), static_cast<int>(sent.size()));
    std::string block(16384, ' ');
    for (int more = 0; got.size() < sent.size() &&
                       (more = SSL_read(session, block.data(), 16384)) > 0;)
      got.append(block, 0, static_cast<size_t>(more));
    SSL_free(session);
    SSL_CTX_free(context);
  });
  EXPECT_EQ(readAll(socket, sent.size()), sent);
  EXPECT_FALSE(socket.isOpening());
  writeAll(socket, sent);
  client.join();
  EXPECT_EQ(got, sent);
  socket.close();
}

TEST_F(ClientSocketTest, WhoSpeaksNoTlsHasNothingToSay) {
  TestCertificate certificate;
  ClientSocket socket = connect(certificate.context());
  asio::write(far_, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  ClientSocket::Error error;
  EXPECT_EQ(socket.readSome(block_, error), 0u);
  EXPECT_EQ(error, asio::error::eof);
}

} // namespace
} // namespace g4rt
