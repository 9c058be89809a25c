//===- HttpMemoryPlan.cpp - What a server's memory is for -----------------===//

#include "runtime/http/HttpMemoryPlan.h"

#include "runtime/base/SystemMemory.h"
#include "runtime/text/conversation/ValueParser.h"

#include <algorithm>

namespace g4rt {

/// A connection's state, its header and what it sends ahead.
constexpr uint64_t kConnectionBytes = uint64_t{40} << 10;
/// OpenSSL's part of one.
constexpr uint64_t kTlsBytes = uint64_t{56} << 10;
/// Bytes of work for a byte of a request: at worst its text is a single word,
/// of which the tokenizer holds 28 bytes a character, beside two copies of the
/// text and the tokens or the answer.
constexpr uint64_t kWorkFactor = 40;
/// Of a value of the request's JSON, which has at least two bytes of text.
constexpr uint64_t kValueBytes = 160;
/// The least that is held for clients, in largest bodies: the answer to one of
/// /tokenize takes up to 13.
constexpr uint64_t kMinBodies = 16;

static uint64_t workBytes(const LaneOptions &lane) {
  uint64_t numValues =
      std::min<uint64_t>(lane.maxBytes / 2, ValueLimits().maxValues);
  return static_cast<uint64_t>(lane.numThreads) *
         (lane.maxBytes * kWorkFactor + numValues * kValueBytes);
}

static uint64_t defaultTotal(const HttpMemoryFacts &facts, uint64_t least) {
  constexpr uint64_t kGiB = uint64_t{1} << 30;
  uint64_t share = facts.availableBytes.value_or(0) / 16;
  return std::max(least, std::clamp(share, kGiB, 4 * kGiB));
}

Result<HttpMemoryPlan> planHttpMemory(const ServerOptions &options,
                                      const HttpMemoryFacts &facts) {
  const HttpLimits &limits = options.limits;
  HttpMemoryPlan plan{.base = facts.residentBytes};
  plan.connections = (limits.maxConnections + kRefusalPlaces) *
                     (kConnectionBytes + (options.tls ? kTlsBytes : 0));
  for (const LaneOptions &lane : serverLanes(options))
    plan.work += workBytes(lane);
  uint64_t fixed = plan.base + plan.connections + plan.work;
  // An eighth of what is held is for small requests alone.
  uint64_t least = fixed + kMinBodies * limits.maxBodyBytes * 8 / 7;
  plan.total =
      options.memoryBytes ? options.memoryBytes : defaultTotal(facts, least);
  if (plan.total < least)
    return Status(StatusCode::InvalidArgument,
                  "memory for HTTP: " + byteText(plan.total) + ", needs " +
                      byteText(least) + " for requests of " +
                      byteText(limits.maxBodyBytes) + " and " +
                      std::to_string(limits.maxConnections) + " connections");
  plan.held = plan.total - fixed;
  return plan;
}

HttpMemoryFacts httpMemoryFacts() {
  return {.residentBytes = residentBytes().value_or(0),
          .availableBytes = availableMemoryBytes()};
}

} // namespace g4rt
