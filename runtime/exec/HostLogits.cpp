//===- HostLogits.cpp - A step's logits, as far as the host wants ---------===//

#include "runtime/exec/HostLogits.h"

#include "runtime/artifact/ProgramLimits.h"

#include <algorithm>
#include <cmath>

namespace g4rt {

HostLogits::HostLogits(Device &device, const artifact::Program &program,
                       const ExecutorLimits &limits,
                       std::span<const DeviceAddress> storages)
    : device_(device), program_(program), limits_(limits), storages_(storages),
      logits_(addressOf(program.logits())) {
  bool isRemote = !device_.hostPointer(logits_);
  if (const artifact::Candidates *table = program.candidates();
      table && isRemote)
    numCandidates_ = program.buffers()->Get(table->values())->cols();
}

DeviceAddress HostLogits::addressOf(uint32_t buffer) const {
  return storages_[program_.buffers()->Get(buffer)->storage()];
}

/// Bytes of the whole rows that the host has room for.
static uint64_t rowsBytes(const ExecutorLimits &limits, bool hasCandidates) {
  int64_t numRows =
      hasCandidates ? 1 : std::min(limits.numSlots, limits.maxStepOutputs);
  return numRows * limits.vocabSize * sizeof(float);
}

uint64_t HostLogits::bytesOf(const ExecutorLimits &limits,
                             const artifact::Program &program) {
  const artifact::Candidates *table = program.candidates();
  if (!table)
    return rowsBytes(limits, /*hasCandidates=*/false);
  uint64_t count = program.buffers()->Get(table->values())->cols() *
                   static_cast<uint64_t>(limits.maxStepOutputs);
  return rowsBytes(limits, /*hasCandidates=*/true) +
         count * (sizeof(float) + sizeof(int32_t));
}

Status HostLogits::allocate() {
  if (device_.hostPointer(logits_))
    return Status();
  G4RT_ASSIGN(rows_, device_.allocateHost(rowsBytes(limits_, hasCandidates())));
  return hasCandidates() ? allocateCandidates() : Status();
}

Status HostLogits::allocateCandidates() {
  uint64_t count = limits_.maxStepOutputs * numCandidates_;
  G4RT_ASSIGN(values_, device_.allocateHost(count * sizeof(float)));
  G4RT_ASSIGN(ids_, device_.allocateHost(count * sizeof(int32_t)));
  candidates_.resize(count);
  return Status();
}

/// Room for so many rows.
std::span<std::byte> HostLogits::hostRows(int64_t numRows) {
  size_t bytes = numRows * limits_.vocabSize * sizeof(float);
  if (bytes <= rows_.size())
    return rows_.first(bytes);
  more_.resize(bytes);
  return more_;
}

static std::span<const float> asFloats(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float *>(bytes.data()),
          bytes.size() / sizeof(float)};
}

Result<std::span<const float>> HostLogits::all(int64_t numRows) {
  const std::byte *host = device_.hostPointer(logits_);
  if (host || numRows == 0) {
    G4RT_TRY(device_.synchronize());
    return asFloats({host, numRows * limits_.vocabSize * sizeof(float)});
  }
  std::span<std::byte> to = hostRows(numRows);
  G4RT_TRY(device_.copyOut(to, logits_));
  return asFloats(to);
}

/// One row; the room of the first is enough, as only one is looked at at a
/// time.
Result<std::span<const float>> HostLogits::row(int64_t number) {
  std::span<std::byte> to = hostRows(1);
  G4RT_TRY(device_.copyOut(to, logits_ + number * to.size()));
  return asFloats(to);
}

Status HostLogits::fetchCandidates(int64_t numRows) {
  size_t count = numRows * numCandidates_;
  const artifact::Candidates &table = *program_.candidates();
  HostCopy copies[] = {
      {values_.first(count * sizeof(float)), addressOf(table.values())},
      {ids_.first(count * sizeof(int32_t)), addressOf(table.ids())}};
  G4RT_TRY(device_.copyOutAll(copies));
  const auto *values = reinterpret_cast<const float *>(values_.data());
  const auto *ids = reinterpret_cast<const int32_t *>(ids_.data());
  for (size_t i = 0; i < count; ++i)
    candidates_[i] = {ids[i], values[i]};
  return Status();
}

/// Those of a row that are tokens; none if a logit of the row is not finite,
/// which the whole row then tells.
std::span<const Candidate> HostLogits::candidatesOf(int64_t row) {
  auto all = std::span<const Candidate>(candidates_)
                 .subspan(row * numCandidates_, numCandidates_);
  size_t count = 0;
  while (count < all.size() && std::isfinite(all[count].logit) &&
         all[count].logit > static_cast<float>(kNoLogit) &&
         all[count].id >= 0 && all[count].id < limits_.vocabSize)
    ++count;
  return all.first(count);
}

Result<std::vector<LogitSource>> HostLogits::candidates(int64_t numRows) {
  if (numRows == 0)
    G4RT_TRY(device_.synchronize());
  else
    G4RT_TRY(fetchCandidates(numRows));
  std::vector<LogitSource> sources;
  for (int64_t i = 0; i < numRows; ++i)
    sources.emplace_back(candidatesOf(i), [this, i] { return row(i); });
  return sources;
}

} // namespace g4rt
