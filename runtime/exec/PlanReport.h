//===- PlanReport.h - A memory plan for people and programs -----*- C++ -*-===//
//
// What `g4c plan` and `g4rt serve --print-plan` show. All numbers are those of
// planMemory(), which the loader allocates by; a report allocates nothing.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_PLANREPORT_H
#define G4_RUNTIME_EXEC_PLANREPORT_H

#include "runtime/device/Cards.h"
#include "runtime/exec/MemoryFit.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// A program that a report may be about, or that a card may run.
struct PlannedProgram {
  const artifact::Artifact *root = nullptr;
  const artifact::Variant *variant = nullptr; // of root

  const artifact::Program &program() const { return *variant->program(); }
};

struct ReportOptions {
  /// 0 in maxSequences and maxStepTokens: those of withDefaults().
  ExecutorOptions executor = {};
  /// What the plan, its margin included, may take; none: anything.
  std::optional<uint64_t> limitBytes = {};
  /// Kept free of the device beside the plan.
  uint64_t marginBytes = 0;
  /// Of a card's memory, what the plan may take.
  double gpuMemoryUtilization = 0.9;
};

/// The caches of layers that are alike: a window, or all positions.
struct CacheClass {
  std::string name;   // "sliding" or "full"
  std::string format; // "bf16", of keys and values
  int64_t numLayers = 0;
  int64_t window = 0; // 0: all positions
  /// Of one position in all these layers, keys and values.
  uint64_t bytesPerPosition = 0;
  uint64_t bytes = 0;
};

/// What a step of one token a session reads, with empty and with full contexts.
struct StepBytes {
  int64_t sessions = 0;
  double empty = 0, full = 0;
};

/// What a card makes of the model at the report's length.
struct CardFit {
  Card card;
  std::string target;
  /// With one session.
  uint64_t neededBytes = 0;
  /// Sessions that fit, each for the whole length; 0: not even one. At most
  /// those that were asked for.
  int64_t sessions = 0;
  /// Tokens a second that its bandwidth allows, with empty contexts: of one
  /// session, and of all of them together.
  double oneSession = 0, allSessions = 0;
};

struct PlanReport {
  std::string model, target;
  artifact::DeviceKind device = artifact::DeviceKind::cpu;
  int64_t maxModelLength = 0;
  MemoryPlan plan = {};
  std::vector<CacheClass> caches = {};
  uint64_t hostBytes = 0;
  uint64_t marginBytes = 0;
  std::optional<uint64_t> limitBytes = {};
  std::vector<StepBytes> steps = {};
  /// Needed bytes, margin included, of tableSessions x tableContexts.
  std::vector<int64_t> tableSessions = {}, tableContexts = {};
  std::vector<std::vector<uint64_t>> table = {};
  std::vector<CardFit> cards = {};

  /// The plan and its margin.
  uint64_t totalBytes() const { return neededBytes(plan) + marginBytes; }
  bool fits() const { return !limitBytes || totalBytes() <= *limitBytes; }
};

/// The report on `planned`, with `plan` as planMemory() or planWithin() made it
/// from `options`. Cards run the first of `programs` that they can.
///
/// Errors: those of planMemory.
Result<PlanReport> makeReport(const PlannedProgram &planned,
                              const MemoryPlan &plan,
                              std::span<const PlannedProgram> programs,
                              const ReportOptions &options);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_PLANREPORT_H
