//===- StepReads.cpp - What a program's steps read ------------------------===//

#include "runtime/exec/StepReads.h"

#include "runtime/artifact/CacheLayout.h"

#include <algorithm>
#include <vector>

namespace g4rt {

using artifact::ArgKind;

static bool takesTokenIds(const artifact::Launch &launch) {
  const auto &args = *launch.args();
  return std::any_of(args.begin(), args.end(), [](const artifact::Arg *arg) {
    return arg->kind() == ArgKind::input &&
           arg->index() ==
               static_cast<uint32_t>(artifact::StepInput::token_ids);
  });
}

static bool isOfOutputs(const artifact::Launch &launch) {
  return launch.grid_x()->dim() == artifact::StepDim::outputs;
}

static bool isOfExperts(const artifact::Weight &weight) {
  return weight.shape()->size() == 3;
}

void StepReads::addUse(Use &use, const artifact::Launch &launch,
                       const artifact::Weight &weight) {
  double first = weight.shape()->Get(0);
  if (isOfExperts(weight)) {
    use.numExperts = first;
    use.perRow = std::max<double>(use.perRow, launch.grid_x()->mul());
  } else if (takesTokenIds(launch)) {
    use.tableRows = first;
  } else {
    (isOfOutputs(launch) ? use.byOutputs : use.byRows) = true;
  }
}

// A launch of experts has an item, or in groups a part of one, for each
// choice of each row: the grid's factor is the number of choices.
void StepReads::addProducts(const artifact::Launch &launch,
                            const artifact::Weight &weight) {
  const auto &shape = *weight.shape();
  if (shape.size() < 2 || takesTokenIds(launch))
    return;
  double matrix = static_cast<double>(shape.Get(shape.size() - 1)) *
                  static_cast<double>(shape.Get(shape.size() - 2));
  double choices = isOfExperts(weight) ? launch.grid_x()->mul() : 1;
  (isOfOutputs(launch) ? productsOfOutput_ : productsOfRow_) +=
      choices * matrix;
}

StepReads::StepReads(const artifact::Artifact &root,
                     const artifact::Program &program, Launches launches) {
  std::map<uint32_t, Use> uses; // by weight
  for (const artifact::Launch *launch : launches) {
    for (const artifact::Arg *arg : *launch->args())
      if (arg->kind() == ArgKind::weight) {
        const artifact::Weight &weight = *root.weights()->Get(arg->index());
        addUse(uses[arg->index()], *launch, weight);
        addProducts(*launch, weight);
      }
    if (const artifact::Cache *cache = attendedCache(*launch, program))
      bytesByWindow_[cache->window()] +=
          static_cast<double>(bytesPerPosition(*cache));
  }
  for (const auto &[index, use] : uses)
    bytes_[use] +=
        static_cast<double>(root.weights()->Get(index)->data()->size());
}

StepReads StepReads::ofStep(const artifact::Artifact &root,
                            const artifact::Program &program) {
  const auto &launches = *program.buckets()->Get(0)->launches();
  std::vector<const artifact::Launch *> all(launches.begin(), launches.end());
  return {root, program, all};
}

double StepReads::Use::share(const StepShape &shape) const {
  if (numExperts > 0)
    return shape.distinctExperts.value_or(
               distinctExperts(numExperts, perRow, shape.rows)) /
           numExperts;
  if ((byRows && shape.rows > 0) || (byOutputs && shape.outputs > 0))
    return 1;
  return tableRows > 0 ? std::min(1.0, shape.rows / tableRows) : 0;
}

StepTraffic StepReads::weightsOf(const StepShape &shape) const {
  StepTraffic traffic;
  for (const auto &[use, bytes] : bytes_)
    (use.numExperts > 0 ? traffic.expertBytes : traffic.weightBytes) +=
        use.share(shape) * bytes;
  return traffic;
}

// The first row of a sequence sees a window, and each later one a position
// more.
double StepReads::cacheBytes(double rows, double context) const {
  double bytes = 0;
  for (auto [window, ofPosition] : bytesByWindow_) {
    double seen = window ? std::min(context, window + rows - 1) : context;
    bytes += seen * ofPosition;
  }
  return bytes;
}

StepTraffic StepReads::of(const StepShape &shape) const {
  StepTraffic traffic = weightsOf(shape);
  traffic.cacheBytes = shape.sessions * cacheBytes(1, shape.context);
  traffic.products =
      shape.rows * productsOfRow_ + shape.outputs * productsOfOutput_;
  return traffic;
}

} // namespace g4rt
