//===- StepTraffic.cpp - What a decode step reads -------------------------===//

#include "runtime/exec/StepTraffic.h"

#include "runtime/artifact/CacheLayout.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace g4rt {

using artifact::ArgKind;

double distinctExperts(double count, double perToken, double tokens) {
  return count * (1 - std::pow(1 - std::min(perToken / count, 1.0), tokens));
}

static bool takesInput(const artifact::Launch &launch,
                       artifact::StepInput input) {
  const auto &args = *launch.args();
  return std::any_of(args.begin(), args.end(), [&](const artifact::Arg *arg) {
    return arg->kind() == ArgKind::input &&
           arg->index() == static_cast<uint32_t>(input);
  });
}

namespace {

/// How much of each weight is read: a share of it, the largest of its launches.
class WeightReads {
public:
  WeightReads(const artifact::Artifact &root, double sessions)
      : root_(root), sessions_(sessions) {}

  void add(const artifact::Launch &launch) {
    for (const artifact::Arg *arg : *launch.args())
      if (arg->kind() == ArgKind::weight) {
        double &share = shares_[arg->index()];
        share = std::max(share, shareOf(launch, weight(arg->index())));
      }
  }

  StepTraffic sum() const {
    StepTraffic traffic;
    for (auto [index, share] : shares_) {
      double bytes = share * static_cast<double>(weight(index).data()->size());
      (weight(index).shape()->size() == 3 ? traffic.expertBytes
                                          : traffic.weightBytes) += bytes;
    }
    return traffic;
  }

private:
  const artifact::Weight &weight(uint32_t index) const {
    return *root_.weights()->Get(index);
  }

  double shareOf(const artifact::Launch &launch,
                 const artifact::Weight &weight) const {
    auto rows = static_cast<double>(weight.shape()->Get(0));
    if (weight.shape()->size() == 3) {
      double perToken =
          static_cast<double>(launch.grid_x()->mul()) / launch.grid_x()->div();
      return distinctExperts(rows, perToken, sessions_) / rows;
    }
    bool isLookedUp = takesInput(launch, artifact::StepInput::token_ids);
    return isLookedUp ? std::min(1.0, sessions_ / rows) : 1;
  }

  const artifact::Artifact &root_;
  double sessions_;
  std::map<uint32_t, double> shares_;
};

} // namespace

/// The cache that a launch attends to; null for all other launches.
static const artifact::Cache *attendedCache(const artifact::Launch &launch,
                                            const artifact::Program &program) {
  if (!takesInput(launch, artifact::StepInput::visible_ends))
    return nullptr;
  for (const artifact::Arg *arg : *launch.args())
    if (arg->kind() == ArgKind::cache_keys)
      return program.caches()->Get(arg->index());
  return nullptr;
}

StepTraffic stepTraffic(const artifact::Artifact &root,
                        const artifact::Program &program, int64_t sessions,
                        int64_t context) {
  WeightReads weights(root, static_cast<double>(sessions));
  double cacheBytes = 0;
  // Steps of few rows; what they read is the same in all buckets.
  for (const artifact::Launch *launch :
       *program.buckets()->Get(0)->launches()) {
    weights.add(*launch);
    if (const artifact::Cache *cache = attendedCache(*launch, program)) {
      int64_t seen = cache->window()
                         ? std::min<int64_t>(context, cache->window())
                         : context;
      cacheBytes += static_cast<double>(seen * sessions) *
                    static_cast<double>(bytesPerPosition(*cache));
    }
  }
  StepTraffic traffic = weights.sum();
  traffic.cacheBytes = cacheBytes;
  return traffic;
}

} // namespace g4rt
