//===- TestOwner.h - An owner of connections without a server ---*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_HTTP_TESTOWNER_H
#define G4_TEST_RUNTIME_HTTP_TESTOWNER_H

#include "runtime/http/Connection.h"

#include <array>
#include <utility>

namespace g4rt {

/// Admits every request and grants all the memory that its pool has. What
/// becomes of a request is for the test to say.
class TestOwner : public ConnectionOwner {
public:
  explicit TestOwner(HttpLimits limits = {}) : limits_(std::move(limits)) {}

  const HttpLimits &limits() const override { return limits_; }
  MemoryPool &memory() override { return pool; }
  RunningAnswers &running() override { return running_; }
  std::span<char> readBlock() override { return block_; }
  LiveCount &liveExchanges() override { return live; }
  bool isDraining() const override { return false; }
  std::string nextRequestId() override { return "id"; }
  std::optional<ApiError> refusal(const HttpRequest &) const override {
    return {};
  }
  bool admit() override { return true; }
  void release() override {}
  bool hold(Connection &, MemoryPool::Lease &lease, size_t n) override {
    return lease.resize(n);
  }

  MemoryPool pool{size_t{64} << 20};
  LiveCount live;

private:
  HttpLimits limits_;
  RunningAnswers running_;
  std::array<char, 4096> block_;
};

} // namespace g4rt

#endif // G4_TEST_RUNTIME_HTTP_TESTOWNER_H
