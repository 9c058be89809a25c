//===- PlanReport.cpp - A memory plan for people and programs -------------===//

#include "runtime/exec/PlanReport.h"

#include "runtime/artifact/CacheLayout.h"
#include "runtime/exec/HostStaging.h"
#include "runtime/exec/LargestThat.h"
#include "runtime/exec/StepTraffic.h"

#include <algorithm>

namespace g4rt {

constexpr int64_t kTableSessions[] = {1, 2, 4, 8, 16, 32, 64, 128};
constexpr int64_t kTableContexts[] = {1024, 4096, 16384, 65536, 262144};

static std::vector<CacheClass> cacheClasses(const artifact::Program &program,
                                            const MemoryPlan &plan) {
  std::vector<CacheClass> classes;
  for (uint32_t i = 0; i < program.caches()->size(); ++i) {
    const artifact::Cache &cache = *program.caches()->Get(i);
    std::string format = formatName(cache);
    auto same = [&](const CacheClass &other) {
      return other.window == cache.window() && other.format == format;
    };
    auto found = std::find_if(classes.begin(), classes.end(), same);
    if (found == classes.end())
      found = classes.insert(classes.end(),
                             {.name = cache.window() ? "sliding" : "full",
                              .format = format,
                              .window = cache.window()});
    ++found->numLayers;
    found->bytesPerPosition += bytesPerPosition(cache);
    found->bytes +=
        plan.keyBytes[i] + plan.valueBytes[i] + 2 * plan.scaleBytes[i];
  }
  return classes;
}

/// What a step of one token a session reads, with so many positions each.
static double stepRead(const PlannedProgram &planned, int64_t sessions,
                       int64_t positions) {
  return stepTraffic(*planned.root, planned.program(),
                     StepShape::decode(sessions, positions))
      .total();
}

static StepBytes stepBytes(const PlannedProgram &planned, int64_t sessions,
                           int64_t context) {
  return {.sessions = sessions,
          .empty = stepRead(planned, sessions, 0),
          .full = stepRead(planned, sessions, context)};
}

static Result<uint64_t> neededFor(const PlannedProgram &planned,
                                  ExecutorOptions options, int64_t sessions,
                                  int64_t context) {
  options.maxSequences = sessions;
  options.maxModelLength = context;
  options.numPages = 0;
  G4RT_ASSIGN(MemoryPlan plan,
              planMemory(*planned.root, planned.program(), options));
  return neededBytes(plan);
}

static Status fillTable(PlanReport &report, const PlannedProgram &planned,
                        const ExecutorOptions &options) {
  report.tableSessions.assign(std::begin(kTableSessions),
                              std::end(kTableSessions));
  int64_t longest = planned.root->model()->max_positions();
  for (int64_t context : kTableContexts)
    if (context < longest)
      report.tableContexts.push_back(context);
  report.tableContexts.push_back(longest);
  for (int64_t sessions : report.tableSessions) {
    std::vector<uint64_t> row;
    for (int64_t context : report.tableContexts) {
      G4RT_ASSIGN(uint64_t bytes,
                  neededFor(planned, options, sessions, context));
      row.push_back(bytes + report.marginBytes);
    }
    report.table.push_back(std::move(row));
  }
  return Status();
}

/// Sessions of `most` that fit with their whole length.
static Result<int64_t> sessionsWithin(const PlannedProgram &planned,
                                      const ExecutorOptions &options,
                                      uint64_t bytes) {
  auto fits = [&](int64_t sessions) -> Result<bool> {
    G4RT_ASSIGN(uint64_t needed,
                neededFor(planned, options, sessions, options.maxModelLength));
    return needed <= bytes;
  };
  return largestThat(options.maxSequences, fits);
}

static Result<CardFit> fitCard(const Card &card, const PlannedProgram &planned,
                               const ReportOptions &options) {
  ExecutorOptions sizes =
      withDefaults(options.executor, planned.variant->device());
  // Where nobody asked for large steps, smaller ones must do on a small card.
  G4RT_ASSIGN(uint64_t bytes, gpuLimit({card.memoryBytes, card.memoryBytes},
                                       options.gpuMemoryUtilization));
  MayShrink may{.stepTokens = options.executor.maxStepTokens == 0};
  ExecutorOptions one = sizes;
  one.maxSequences = 1;
  G4RT_ASSIGN(one,
              shrinkToFit(*planned.root, planned.program(), one, may, bytes));
  sizes.maxStepTokens = one.maxStepTokens;
  CardFit fit{.card = card, .target = planned.variant->target()->str()};
  G4RT_ASSIGN(fit.neededBytes,
              neededFor(planned, sizes, 1, sizes.maxModelLength));
  G4RT_ASSIGN(fit.sessions, sessionsWithin(planned, sizes, bytes));
  auto rate = [&](int64_t sessions) {
    return static_cast<double>(sessions) * card.bandwidth /
           stepRead(planned, sessions, 0);
  };
  if (fit.sessions > 0) {
    fit.oneSession = rate(1);
    fit.allSessions = rate(fit.sessions);
  }
  return fit;
}

static Status fillCards(PlanReport &report,
                        std::span<const PlannedProgram> programs,
                        const ReportOptions &options) {
  for (const Card &card : knownCards()) {
    auto runs = [&](const PlannedProgram &planned) {
      return card.runs(*planned.variant);
    };
    auto found = std::find_if(programs.begin(), programs.end(), runs);
    if (found == programs.end())
      continue;
    G4RT_ASSIGN(CardFit fit, fitCard(card, *found, options));
    report.cards.push_back(std::move(fit));
  }
  return Status();
}

Result<PlanReport> makeReport(const PlannedProgram &planned,
                              const MemoryPlan &plan,
                              std::span<const PlannedProgram> programs,
                              const ReportOptions &options) {
  const artifact::Variant &variant = *planned.variant;
  ExecutorOptions sizes = withDefaults(options.executor, variant.device());
  PlanReport report{.model = planned.root->model()->name()->str(),
                    .target = variant.target()->str(),
                    .device = variant.device(),
                    .maxModelLength = sizes.maxModelLength,
                    .plan = plan,
                    .caches = cacheClasses(*variant.program(), plan),
                    .hostBytes = hostBytes(plan, variant),
                    .marginBytes = options.marginBytes,
                    .limitBytes = options.limitBytes};
  report.steps.push_back(stepBytes(planned, 1, sizes.maxModelLength));
  if (plan.limits.numSlots > 1)
    report.steps.push_back(
        stepBytes(planned, plan.limits.numSlots, sizes.maxModelLength));
  sizes.maxStepTokens = plan.limits.maxStepTokens;
  G4RT_TRY(fillTable(report, planned, sizes));
  G4RT_TRY(fillCards(report, programs, options));
  return report;
}

} // namespace g4rt
