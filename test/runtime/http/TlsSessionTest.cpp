#include "runtime/http/TlsSession.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "test/runtime/http/TestCertificate.h"

namespace g4rt {
namespace {

/// A server's session and a client of OpenSSL's own, on two ends of one socket.
class TlsSessionTest : public testing::Test {
protected:
  TlsSessionTest() {
    std::signal(SIGPIPE, SIG_IGN);
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_);
    server_ = *TlsSession::create(certificate_.context(), ends_[0]);
    client_ = SSL_new(clientContext_);
    SSL_set_fd(client_, ends_[1]);
    SSL_set_connect_state(client_);
  }
  ~TlsSessionTest() override {
    server_.reset();
    SSL_free(client_);
    SSL_CTX_free(clientContext_);
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void shakeHands() {
    for (int i = 0; i < 10 && !server_->isOpen(); ++i) {
      SSL_do_handshake(client_);
      EXPECT_EQ(read(), "");
    }
    ASSERT_TRUE(server_->isOpen());
  }
  std::string read() {
    char block[64];
    size_t numBytes = 0;
    state_ = server_->read(block, numBytes);
    return {block, numBytes};
  }

  TestCertificate certificate_;
  SSL_CTX *clientContext_ = SSL_CTX_new(TLS_client_method());
  int ends_[2];
  std::unique_ptr<TlsSession> server_;
  SSL *client_;
  TlsState state_ = TlsState::Done;
};

TEST_F(TlsSessionTest, WhatOneWritesTheOtherReads) {
  EXPECT_FALSE(server_->isOpen());
  shakeHands();
  EXPECT_EQ(read(), "");
  EXPECT_EQ(state_, TlsState::WaitsToRead);
  SSL_write(client_, "hello", 5);
  EXPECT_EQ(read(), "hello");
  EXPECT_EQ(state_, TlsState::Done);
  size_t numBytes = 0;
  EXPECT_EQ(server_->write(std::string("answer"), numBytes), TlsState::Done);
  EXPECT_EQ(numBytes, 6u);
  char block[16];
  EXPECT_EQ(SSL_read(client_, block, sizeof(block)), 6);
}

TEST_F(TlsSessionTest, ARestOfARecordNeedsNoSocket) {
  shakeHands();
  SSL_write(client_, std::string(100, 'x').data(), 100);
  EXPECT_FALSE(server_->hasInput());
  EXPECT_EQ(read().size(), 64u);
  EXPECT_TRUE(server_->hasInput());
  EXPECT_EQ(read().size(), 36u);
  EXPECT_FALSE(server_->hasInput());
}

TEST_F(TlsSessionTest, AFullSocketIsWaitedFor) {
  shakeHands();
  std::string data(16384, 'x');
  size_t numBytes = 0, numAll = 0;
  TlsState state = TlsState::Done;
  for (int i = 0; i < 1000 && state == TlsState::Done; ++i) {
    state = server_->write(data, numBytes);
    numAll += numBytes;
  }
  EXPECT_EQ(state, TlsState::WaitsToWrite);
  std::string block(16384, ' ');
  size_t numRead = 0;
  while (numRead < numAll) {
    int more = SSL_read(client_, block.data(), 16384);
    ASSERT_GT(more, 0);
    numRead += static_cast<size_t>(more);
  }
  EXPECT_EQ(server_->write(data, numBytes), TlsState::Done);
}

TEST_F(TlsSessionTest, AnEndIsAnEnd) {
  shakeHands();
  server_->endWriting();
  char block[16];
  int result = SSL_read(client_, block, sizeof(block));
  EXPECT_EQ(SSL_get_error(client_, result), SSL_ERROR_ZERO_RETURN);
  ::shutdown(ends_[1], SHUT_RDWR);
  EXPECT_EQ(read(), "");
  EXPECT_EQ(state_, TlsState::Ended);
}

TEST_F(TlsSessionTest, WhoSpeaksNoTlsIsEnded) {
  ASSERT_EQ(::write(ends_[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
  EXPECT_EQ(read(), "");
  EXPECT_EQ(state_, TlsState::Ended);
}

} // namespace
} // namespace g4rt
