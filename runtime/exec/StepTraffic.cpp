//===- StepTraffic.cpp - What a step reads and multiplies -----------------===//

#include "runtime/exec/StepTraffic.h"

#include "runtime/exec/StepReads.h"

#include <algorithm>
#include <cmath>

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

const artifact::Cache *attendedCache(const artifact::Launch &launch,
                                     const artifact::Program &program) {
  if (!takesInput(launch, artifact::StepInput::visible_ends))
    return nullptr;
  for (const artifact::Arg *arg : *launch.args())
    if (arg->kind() == ArgKind::cache_keys)
      return program.caches()->Get(arg->index());
  return nullptr;
}

StepTraffic launchTraffic(const artifact::Artifact &root,
                          const artifact::Program &program,
                          const artifact::Launch &launch,
                          const StepShape &shape) {
  const artifact::Launch *one = &launch;
  return StepReads(root, program, {&one, 1}).of(shape);
}

StepTraffic stepTraffic(const artifact::Artifact &root,
                        const artifact::Program &program,
                        const StepShape &shape) {
  return StepReads::ofStep(root, program).of(shape);
}

} // namespace g4rt
