//===- Recorder.cpp - What the launches of a step left --------------------===//

#include "bench/device/Recorder.h"

namespace g4rt {

bool writesCache(const LaunchTime &launch) {
  return familyOf(launch.kernel) == "qkv" &&
         !Side::argsOf(*launch.table, artifact::ArgKind::cache_keys).empty();
}

Result<CachePages> readPages(Side &side, const LaunchTime &launch,
                             const StepPlan &plan) {
  size_t arg =
      Side::argsOf(*launch.table, artifact::ArgKind::cache_keys).front();
  uint32_t number =
      launch.table->args()->Get(static_cast<uint32_t>(arg))->index();
  const artifact::Cache &cache = *side.program().caches()->Get(number);
  CachePages pages;
  for (size_t t = 0; t < plan.slots.size(); ++t) {
    int64_t page =
        side.pageOf(cache, plan.slots[t], plan.positions[t], plan.pageTable);
    if (pages.count(page))
      continue;
    G4RT_ASSIGN(pages[page], readPage(side, number, page));
  }
  return pages;
}

Status runWatched(Side &side, const StepPlan &plan,
                  const std::function<Status(const LaunchTime &)> &sink) {
  Status status;
  side.executor->setLaunchSink([&](const LaunchTime &launch) {
    side.noteCaches(launch);
    if (status.ok())
      status = sink(launch);
    if (!status.ok())
      status = std::move(status).during(launch.label);
  });
  Result<std::span<const float>> logits = side.executor->run(plan);
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
      G4RT_ASSIGN(record.pages, readPages(side, launch, plan));
    }
    records[names.next(launch)] = std::move(record);
    return Status();
  }));
  return records;
}

} // namespace g4rt
