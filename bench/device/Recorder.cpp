//===- Recorder.cpp - What the launches of a step left --------------------===//

#include "bench/device/Recorder.h"

namespace g4rt {

bool writesCache(const LaunchTime &launch) {
  return familyOf(launch.kernel) == "qkv" &&
         !Side::argsOf(*launch.table, artifact::ArgKind::cache_keys).empty();
}

Result<std::vector<CacheRows>>
readStepRows(Side &side, const LaunchTime &launch, const StepPlan &plan) {
  size_t arg =
      Side::argsOf(*launch.table, artifact::ArgKind::cache_keys).front();
  uint32_t cache =
      launch.table->args()->Get(static_cast<uint32_t>(arg))->index();
  std::vector<CacheRows> all;
  for (size_t t = 0, first = 0; t < plan.slots.size(); ++t) {
    if (t + 1 < plan.slots.size() && plan.slots[t + 1] == plan.slots[t])
      continue;
    G4RT_ASSIGN(CacheRows rows,
                readRows(side, cache, plan.slots[t], plan.positions[first],
                         static_cast<int64_t>(t + 1 - first)));
    all.push_back(std::move(rows));
    first = t + 1;
  }
  return all;
}

Status runWatched(Side &side, const StepPlan &plan,
                  const std::function<Status(const LaunchTime &)> &sink) {
  Status status;
  StepPlan own = plan;
  side.tables->useIn(own);
  side.executor->setLaunchSink([&](const LaunchTime &launch) {
    side.noteCaches(launch);
    if (status.ok())
      status = sink(launch);
    if (!status.ok())
      status = std::move(status).during(launch.label);
  });
  Result<std::span<const float>> logits = side.executor->run(own);
  side.executor->setLaunchSink(nullptr);
  if (!logits)
    return std::move(logits).error();
  return status;
}

Result<std::map<std::string, LaunchRecord>> recordStep(Side &side,
                                                       const StepPlan &plan) {
  std::map<std::string, LaunchRecord> records;
  LaunchNames names;
  G4RT_TRY(runWatched(side, plan, [&](const LaunchTime &launch) -> Status {
    LaunchRecord record{std::string(launch.kernel), {}, {}};
    for (size_t arg : Side::argsOf(*launch.table, artifact::ArgKind::buffer)) {
      G4RT_ASSIGN(BufferValue value, side.read(launch, arg));
      record.buffers.push_back(std::move(value));
    }
    if (writesCache(launch)) {
      G4RT_ASSIGN(record.rows, readStepRows(side, launch, plan));
    }
    records[names.next(launch)] = std::move(record);
    return Status();
  }));
  return records;
}

} // namespace g4rt
