//===- StepTraffic.cpp - What a step reads and multiplies -----------------===//

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

/// How much of each weight is read: a share of it, the largest of its launches;
/// and what is multiplied.
class WeightReads {
public:
  WeightReads(const artifact::Artifact &root, const StepShape &shape)
      : root_(root), shape_(shape) {}

  void add(const artifact::Launch &launch) {
    for (const artifact::Arg *arg : *launch.args())
      if (arg->kind() == ArgKind::weight) {
        double &share = shares_[arg->index()];
        share = std::max(share, shareOf(launch, weight(arg->index())));
        products_ += productsOf(launch, weight(arg->index()));
      }
  }

  StepTraffic sum() const {
    StepTraffic traffic{.products = products_};
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

  double rowsOf(const artifact::Launch &launch) const {
    bool isOfOutputs = launch.grid_x()->dim() == artifact::StepDim::outputs;
    return isOfOutputs ? shape_.outputs : shape_.rows;
  }

  double shareOf(const artifact::Launch &launch,
                 const artifact::Weight &weight) const {
    auto rows = static_cast<double>(weight.shape()->Get(0));
    if (weight.shape()->size() == 3) {
      double perRow = launch.grid_x()->mul();
      return shape_.distinctExperts.value_or(
                 distinctExperts(rows, perRow, shape_.rows)) /
             rows;
    }
    if (rowsOf(launch) == 0)
      return 0;
    bool isLookedUp = takesInput(launch, artifact::StepInput::token_ids);
    return isLookedUp ? std::min(1.0, shape_.rows / rows) : 1;
  }

  // A launch of experts has an item, or in groups a part of one, for each
  // choice of each row: the grid's factor is the number of choices.
  double productsOf(const artifact::Launch &launch,
                    const artifact::Weight &weight) const {
    const auto &shape = *weight.shape();
    if (shape.size() < 2 || takesInput(launch, artifact::StepInput::token_ids))
      return 0;
    double matrix = static_cast<double>(shape.Get(shape.size() - 1)) *
                    static_cast<double>(shape.Get(shape.size() - 2));
    double choices = shape.size() == 3 ? launch.grid_x()->mul() : 1;
    return rowsOf(launch) * choices * matrix;
  }

  const artifact::Artifact &root_;
  const StepShape &shape_;
  std::map<uint32_t, double> shares_;
  double products_ = 0;
};

} // namespace

const artifact::Cache *attendedCache(const artifact::Launch &launch,
                                     const artifact::Program &program) {
  if (!takesInput(launch, artifact::StepInput::visible_ends))
    return nullptr;
  for (const artifact::Arg *arg : *launch.args())
    if (arg->kind() == ArgKind::cache_keys)
      return program.caches()->Get(arg->index());
  return nullptr;
}

static double cacheBytesOf(const artifact::Launch &launch,
                           const artifact::Program &program,
                           const StepShape &shape) {
  const artifact::Cache *cache = attendedCache(launch, program);
  if (!cache)
    return 0;
  double seen = shape.context;
  if (cache->window())
    seen = std::min<double>(seen, cache->window());
  return seen * shape.sessions * static_cast<double>(bytesPerPosition(*cache));
}

StepTraffic launchTraffic(const artifact::Artifact &root,
                          const artifact::Program &program,
                          const artifact::Launch &launch,
                          const StepShape &shape) {
  WeightReads weights(root, shape);
  weights.add(launch);
  StepTraffic traffic = weights.sum();
  traffic.cacheBytes = cacheBytesOf(launch, program, shape);
  return traffic;
}

StepTraffic stepTraffic(const artifact::Artifact &root,
                        const artifact::Program &program,
                        const StepShape &shape) {
  WeightReads weights(root, shape);
  double cacheBytes = 0;
  // Steps of few rows; what they read is the same in all buckets.
  for (const artifact::Launch *launch :
       *program.buckets()->Get(0)->launches()) {
    weights.add(*launch);
    cacheBytes += cacheBytesOf(*launch, program, shape);
  }
  StepTraffic traffic = weights.sum();
  traffic.cacheBytes = cacheBytes;
  return traffic;
}

} // namespace g4rt
