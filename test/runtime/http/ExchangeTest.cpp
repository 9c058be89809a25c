//===- ExchangeTest.cpp - Answers from any thread -------------------------===//

#include "runtime/http/Exchange.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "test/runtime/http/TestOwner.h"

namespace g4rt {
namespace {

using boost::asio::ip::tcp;

class FakeOwner : public TestOwner {
public:
  void handle(std::shared_ptr<Exchange> exchange) override {
    exchanges.push_back(std::move(exchange));
  }
  void countResponse(int status) override { statuses.push_back(status); }
  void forget(Connection &) override { ++numForgotten; }

  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<int> statuses;
  int numForgotten = 0;
};

/// A connection of a loop that runs when the test says so.
class ExchangeTest : public testing::Test {
protected:
  ExchangeTest() {
    tcp::acceptor acceptor(
        loop_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    client_.connect(acceptor.local_endpoint());
    connection_ = std::make_shared<Connection>(
        ClientSocket(acceptor.accept(), nullptr), owner_);
    connection_->start();
  }
  ~ExchangeTest() override {
    connection_->close();
    loop_.restart();
    loop_.run();
  }

  /// An exchange of a request that the client sent.
  std::shared_ptr<Exchange> begin() {
    std::string request = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
    client_.write_some(boost::asio::buffer(request));
    while (owner_.exchanges.empty())
      loop_.run_one();
    return owner_.exchanges.front();
  }
  void runReady() {
    loop_.restart();
    loop_.poll();
  }

  FakeOwner owner_;
  boost::asio::io_context loop_;
  tcp::socket client_{loop_};
  std::shared_ptr<Connection> connection_;
};

TEST_F(ExchangeTest, OnlyTheFirstResponseCounts) {
  std::shared_ptr<Exchange> exchange = begin();
  exchange->respond(HttpResponse{.status = 200});
  exchange->respond(HttpResponse{.status = 500});
  exchange->send("late");
  exchange->finish();
  runReady();
  EXPECT_EQ(owner_.statuses, std::vector<int>{200});
}

TEST_F(ExchangeTest, ALeavingClientCancelsOnce) {
  std::shared_ptr<Exchange> exchange = begin();
  int numCancels = 0;
  exchange->onGone([&] { ++numCancels; });
  runReady();
  EXPECT_EQ(numCancels, 0);
  connection_->close();
  EXPECT_EQ(numCancels, 1);
  EXPECT_EQ(owner_.numForgotten, 1);
  exchange->respond(HttpResponse{});
  runReady();
  EXPECT_EQ(owner_.statuses.size(), 0u);
}

TEST_F(ExchangeTest, AClientThatReadsTooSlowlyIsSaidToBeBehind) {
  std::shared_ptr<Exchange> exchange = begin();
  std::vector<bool> told;
  exchange->onBehind([&](bool isBehind) { told.push_back(isBehind); });
  exchange->startStream("text/plain");
  exchange->send(std::string(owner_.limits().pauseBytes / 2, 'x'));
  while (exchange->isBehind())
    loop_.run_one();
  EXPECT_TRUE(told.empty());
  // More than the system takes at once.
  size_t numBytes = owner_.limits().maxUnsentBytes - 1;
  exchange->send(std::string(numBytes, 'x'));
  loop_.restart();
  loop_.poll();
  EXPECT_EQ(told, std::vector<bool>{true});
  std::vector<char> read(size_t{1} << 16);
  client_.non_blocking(true);
  boost::system::error_code ignored;
  while (exchange->isBehind()) {
    client_.read_some(boost::asio::buffer(read), ignored);
    loop_.restart();
    loop_.poll();
  }
  EXPECT_EQ(told, (std::vector<bool>{true, false}));
}

TEST_F(ExchangeTest, WhoAsksTooLateIsToldAtOnce) {
  std::shared_ptr<Exchange> exchange = begin();
  connection_->close();
  int numCancels = 0;
  exchange->onGone([&] { ++numCancels; });
  runReady();
  EXPECT_EQ(numCancels, 1);
}

TEST_F(ExchangeTest, NothingIsCancelledAfterTheEnd) {
  std::shared_ptr<Exchange> exchange = begin();
  int numCancels = 0;
  exchange->onGone([&] { ++numCancels; });
  exchange->respond(HttpResponse{});
  runReady();
  connection_->close();
  EXPECT_EQ(numCancels, 0);
}

TEST_F(ExchangeTest, ACancelledAnswerCanStillBeSaid) {
  std::shared_ptr<Exchange> exchange = begin();
  int numCancels = 0;
  exchange->onGone([&] { ++numCancels; });
  runReady();
  connection_->cancelAnswer();
  EXPECT_EQ(numCancels, 1);
  exchange->respond(HttpResponse{.status = 503});
  runReady();
  EXPECT_EQ(owner_.statuses, std::vector<int>{503});
}

TEST_F(ExchangeTest, ItIsCountedUntilItIsGone) {
  std::shared_ptr<Exchange> exchange = begin();
  auto now = std::chrono::steady_clock::now();
  EXPECT_FALSE(owner_.live.waitUntilNone(now));
  connection_->close();
  owner_.exchanges.clear();
  EXPECT_FALSE(owner_.live.waitUntilNone(now));
  exchange.reset();
  EXPECT_TRUE(owner_.live.waitUntilNone(now));
}

} // namespace
} // namespace g4rt
