//===- DeviceCheck.cpp - Every launch against another device's ------------===//

#include "bench/device/DeviceCheck.h"

#include "runtime/artifact/CacheLayout.h"
#include "runtime/artifact/ElementSize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "bench/device/ExactChecks.h"

namespace g4rt {

using artifact::ArgKind;
using artifact::DType;

// Shares of a row's largest number, of one launch: docs/numerics.md. f32 sums
// differ in their order; with 16-bit operands both sides round activations, at
// different places; what lies in a 16-bit cache may be rounded to a neighbour.
constexpr double kF32Tolerance = 1e-4, kHalfTolerance = 2e-2,
                 kHalfCacheTolerance = 1e-2;
// Rounding a query changes a score by 2^-9 of it, and e^score by as much as the
// score's size times that.
constexpr double kHalfAttentionTolerance = 5e-2;
/// Experts whose weights differ by less may change places.
constexpr double kTie = 1e-3;

double DeviceCheck::toleranceOf(const LaunchTime &launch) const {
  std::string family = familyOf(launch.kernel);
  for (size_t arg : Side::argsOf(*launch.table, ArgKind::weight)) {
    const artifact::Weight &weight = *file_.root().weights()->Get(
        launch.table->args()->Get(static_cast<uint32_t>(arg))->index());
    if (family == "linear" && weight.shape()->size() >= 2 &&
        weight.dtype() != DType::f32)
      return kHalfTolerance;
  }
  for (size_t arg : Side::argsOf(*launch.table, ArgKind::cache_keys)) {
    const artifact::Cache &cache = *device_.program().caches()->Get(
        launch.table->args()->Get(static_cast<uint32_t>(arg))->index());
    if (cache.dtype() != DType::f32)
      return family == "qkv" ? kHalfCacheTolerance : kHalfAttentionTolerance;
  }
  return kF32Tolerance;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

void DeviceCheck::checkInts(KernelChecks &checks, const BufferValue &expected,
                            const BufferValue &ours, const std::string &where) {
  int64_t different =
      countDifferent(toInts(expected.bytes), toInts(ours.bytes));
  if (different == 0)
    return;
  // The weights that go with them were compared before.
  bool isTie = checks.device.difference <= kTie;
  (isTie ? checks.ties : checks.wrongInts) += different;
  if (!isTie)
    checks.device.where = where;
}

Status DeviceCheck::checkBuffer(const LaunchTime &launch, size_t arg,
                                const BufferValue &expected,
                                const std::string &where) {
  G4RT_ASSIGN(BufferValue ours, device_.read(launch, arg));
  KernelChecks &checks = checks_[std::string(launch.kernel)];
  if (expected.dtype == DType::i32)
    checkInts(checks, expected, ours, where);
  else
    checks.device.add(
        relativeDifference(toFloats(expected.dtype, expected.bytes),
                           toFloats(ours.dtype, ours.bytes), expected.cols),
        where);
  if (ours.bytes == expected.bytes)
    return Status();
  G4RT_TRY(
      device_.device->copyIn(Side::addressOf(launch, arg), expected.bytes));
  return device_.device->synchronize();
}

/// Pairs the arguments of both launches in their order: the same dtype and
/// shape. What only the device's kernel has (partial results, counters, tiles
/// of experts) has no partner, and what a router has after its experts is its
/// own: logits with or without the norm's factor.
Status DeviceCheck::checkBuffers(const LaunchTime &launch,
                                 const LaunchRecord &record,
                                 const std::string &where) {
  size_t next = 0;
  bool isRouter = familyOf(launch.kernel) == "router";
  for (size_t arg : Side::argsOf(*launch.table, ArgKind::buffer)) {
    BufferValue shape = device_.shapeOf(launch, arg);
    if (shape.dtype == DType::i32 && !isRouter)
      continue;
    for (size_t i = next; i < record.buffers.size(); ++i) {
      const BufferValue &candidate = record.buffers[i];
      if (candidate.dtype != shape.dtype || candidate.rows != shape.rows ||
          candidate.cols != shape.cols)
        continue;
      G4RT_TRY(checkBuffer(launch, arg, candidate, where));
      next = i + 1;
      break;
    }
    if (shape.dtype == DType::i32)
      break; // the experts
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// Experts
//===----------------------------------------------------------------------===//

Status DeviceCheck::noteExperts(const LaunchTime &launch,
                                const StepPlan &plan) {
  if (familyOf(launch.kernel) != "router")
    return Status();
  for (size_t arg : Side::argsOf(*launch.table, ArgKind::buffer)) {
    BufferValue shape = device_.shapeOf(launch, arg);
    if (shape.dtype != DType::i32 || shape.rows != plan.numTokens())
      continue;
    G4RT_ASSIGN(BufferValue value, device_.read(launch, arg));
    experts_ = toInts(value.bytes);
    numExperts_ = static_cast<int64_t>(
        std::set<int32_t>(experts_.begin(), experts_.end()).size());
    if (twins_)
      twins_->setExperts(experts_);
    break;
  }
  return Status();
}

/// Whether the launch is of a kind with one right answer, which it is compared
/// with then.
Result<bool> DeviceCheck::checkExact(const LaunchTime &launch,
                                     const std::string &where) {
  std::string family = familyOf(launch.kernel);
  if (family != "group" && family != "largest")
    return false;
  std::vector<BufferValue> buffers;
  for (size_t arg : Side::argsOf(*launch.table, ArgKind::buffer)) {
    G4RT_ASSIGN(BufferValue value, device_.read(launch, arg));
    buffers.push_back(std::move(value));
  }
  int64_t wrong = family == "group" ? countWrongGroups(buffers)
                                    : countWrongLargest(launch.kernel, buffers);
  KernelChecks &checks = checks_[std::string(launch.kernel)];
  checks.wrongInts += wrong;
  if (wrong)
    checks.device.where = where;
  return true;
}

//===----------------------------------------------------------------------===//
// Caches
//===----------------------------------------------------------------------===//

Status DeviceCheck::checkRows(const LaunchTime &launch,
                              const LaunchRecord &record,
                              const NamedStep &step) {
  Worst &worst = checks_[std::string(launch.kernel)].device;
  std::string where = step.name + " " + std::string(launch.label) + " (cache)";
  G4RT_ASSIGN(std::vector<CacheRows> all,
              readStepRows(device_, launch, step.plan));
  for (size_t i = 0; i < all.size(); ++i) {
    const CacheRows &expected = record.rows[i], &ours = all[i];
    const artifact::Cache &cache = *device_.program().caches()->Get(ours.cache);
    auto compare = [&](const auto &a, const auto &b, uint64_t columns) {
      worst.add(relativeDifference(toFloats(cache.dtype(), a),
                                   toFloats(cache.dtype(), b), columns),
                where);
    };
    compare(expected.keys, ours.keys, keyColumns(cache));
    compare(expected.values, ours.values, cache.head_dim());
    G4RT_TRY(writeRows(device_, expected));
  }
  return Status();
}

static std::vector<std::byte> randomNumbers(uint64_t count, DType dtype,
                                            float deviation,
                                            std::mt19937 &random) {
  std::normal_distribution<float> normal(0, deviation);
  uint64_t size = elementBytes(dtype);
  std::vector<std::byte> bytes(count * size);
  for (uint64_t i = 0; i < count; ++i) {
    uint32_t bits = std::bit_cast<uint32_t>(normal(random));
    for (uint64_t byte = 0; byte < size; ++byte) // bf16: the upper half
      bytes[i * size + byte] =
          static_cast<std::byte>(bits >> (8 * (4 - size + byte)));
  }
  return bytes;
}

Status DeviceCheck::fillCaches(int64_t context) {
  for (uint32_t number = 0; number < device_.program().caches()->size();
       ++number) {
    const artifact::Cache &cache = *device_.program().caches()->Get(number);
    if (!device_.keys.count(number) || !against_.keys.count(number))
      continue;
    for (int64_t slot = 0; slot < device_.plan.limits.numSlots; ++slot) {
      // What is after the slot's rows would take the ring's place of what is
      // before the window, and rings of other pages have other places.
      int64_t end = StepPlans::lengthOf(slot, context);
      int64_t first =
          cache.window() ? std::max<int64_t>(0, end - cache.window()) : 0;
      CacheRows rows{number, slot, first, end - first, {}, {}};
      uint64_t heads = static_cast<uint64_t>(rows.count) * cache.num_kv_heads();
      // Queries have the norm of head_dim ones: scores of a few units, to which
      // values add where keys are not whole.
      float deviation = 2 / std::sqrt(static_cast<float>(cache.head_dim()));
      rows.keys = randomNumbers(heads * keyColumns(cache), cache.dtype(),
                                deviation, random_);
      rows.values = randomNumbers(heads * cache.head_dim(), cache.dtype(),
                                  cache.key_dim() ? deviation : 1, random_);
      for (Side *side : {&against_, &device_})
        G4RT_TRY(writeRows(*side, rows));
    }
  }
  return Status();
}

Status DeviceCheck::prepare(StepPlans &plans, int64_t context) {
  if (options_.flushBytes) {
    G4RT_ASSIGN(flush_, device_.device->allocate(options_.flushBytes));
  }
  NamedStep first = plans.decode(1, 0);
  G4RT_TRY(check(first));
  times_.clear();
  return fillCaches(context);
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

Status DeviceCheck::checkTwin(const LaunchTime &launch,
                              const LaunchRecord &record,
                              const NamedStep &step) {
  if (!twins_)
    return Status();
  G4RT_ASSIGN(std::optional<Twins::Output> twin,
              twins_->run(launch, step.plan));
  if (!twin || twin->buffer >= record.buffers.size())
    return Status();
  size_t arg = Side::argsOf(*launch.table, ArgKind::buffer)[twin->buffer];
  G4RT_ASSIGN(BufferValue ours, device_.read(launch, arg));
  const BufferValue &expected = record.buffers[twin->buffer];
  KernelChecks &checks = checks_[std::string(launch.kernel)];
  ++checks.twins;
  std::string where = step.name + " " + std::string(launch.label);
  checks.twin.add(relativeDifference(toFloats(expected.dtype, expected.bytes),
                                     twin->numbers, expected.cols),
                  where);
  checks.twinFromDevice.add(relativeDifference(twin->numbers,
                                               toFloats(ours.dtype, ours.bytes),
                                               expected.cols),
                            where);
  return Status();
}

Status DeviceCheck::checkLaunch(const LaunchTime &launch,
                                const std::string &name,
                                const LaunchRecord *record,
                                const NamedStep &step) {
  std::string where = step.name + " " + std::string(launch.label);
  KernelChecks &checks = checks_[std::string(launch.kernel)];
  ++checks.launches;
  checks.tolerance = toleranceOf(launch);
  G4RT_ASSIGN(bool isExact, checkExact(launch, where));
  if (isExact)
    return Status();
  if (!record) {
    notCompared_.push_back(step.name + ": " + name);
    return Status();
  }
  // Before the device's result is replaced.
  G4RT_TRY(checkTwin(launch, *record, step));
  G4RT_TRY(checkBuffers(launch, *record, where));
  G4RT_TRY(noteExperts(launch, step.plan));
  return writesCache(launch) ? checkRows(launch, *record, step) : Status();
}

Status DeviceCheck::check(const NamedStep &step) {
  auto records = recordStep(against_, step.plan);
  if (!records)
    return std::move(records).error().during(step.name);
  LaunchNames names;
  G4RT_TRY(runWatched(device_, step.plan, [&](const LaunchTime &launch) {
    std::string name = names.next(launch);
    auto found = records->find(name);
    return checkLaunch(
        launch, name, found == records->end() ? nullptr : &found->second, step);
  }));
  return options_.repeat > 0 ? time(step) : Status();
}

/// Medians over the repeats, launch by launch, then sums by kernel.
Status DeviceCheck::time(const NamedStep &step) {
  std::vector<std::vector<double>> seconds;
  std::vector<std::pair<std::string, KernelTimes>> costs;
  for (int run = 0; run < options_.repeat; ++run) {
    size_t number = 0;
    G4RT_TRY(runWatched(device_, step.plan, [&](const LaunchTime &launch) {
      if (run == 0) {
        G4RT_TRY(noteExperts(launch, step.plan));
        costs.emplace_back(launch.kernel, costOf(device_, file_.root(), launch,
                                                 step.plan, numExperts_));
        seconds.emplace_back();
      }
      seconds[number++].push_back(launch.seconds);
      return options_.flushBytes
                 ? device_.device->clear(flush_, options_.flushBytes)
                 : Status();
    }));
  }
  std::map<std::string, KernelTimes> kernels;
  for (size_t i = 0; i < costs.size(); ++i) {
    std::vector<double> &all = seconds[i];
    std::nth_element(all.begin(), all.begin() + all.size() / 2, all.end());
    KernelTimes &sum = kernels[costs[i].first];
    ++sum.launches;
    sum.seconds += all[all.size() / 2];
    sum.bytes += costs[i].second.bytes;
    sum.flops += costs[i].second.flops;
  }
  times_.emplace_back(step.name, std::move(kernels));
  return Status();
}

} // namespace g4rt
