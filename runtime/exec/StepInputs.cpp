//===- StepInputs.cpp - What the host tells the device in a step ----------===//

#include "runtime/exec/StepInputs.h"

#include <algorithm>
#include <cstring>

namespace g4rt {

constexpr uint64_t kAlignment = 64;
constexpr size_t kNumDims = static_cast<size_t>(artifact::StepDim::MAX) + 1;
constexpr size_t kNumInputs = static_cast<size_t>(artifact::StepInput::MAX) + 1;

/// Bytes of `count` numbers and of what keeps the next array aligned.
static uint64_t arrayBytes(uint64_t count) {
  uint64_t bytes = count * sizeof(int32_t);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

void cutQueryTiles(const StepPlan &plan, int64_t queryTile,
                   std::vector<int32_t> &firstRows,
                   std::vector<int32_t> &numRows) {
  firstRows.clear();
  numRows.clear();
  for (int64_t t = 0; t < plan.numTokens(); ++t) {
    bool continues = t > 0 && plan.slots[t] == plan.slots[t - 1] &&
                     plan.positions[t] == plan.positions[t - 1] + 1 &&
                     numRows.back() < queryTile;
    if (continues) {
      ++numRows.back();
      continue;
    }
    firstRows.push_back(static_cast<int32_t>(t));
    numRows.push_back(1);
  }
}

//===----------------------------------------------------------------------===//
// Where everything lies
//===----------------------------------------------------------------------===//

/// Rows of the largest step of a bucket; the last one takes steps of any size.
static int64_t maxRowsOf(uint32_t bucket, const ExecutorLimits &limits,
                         const artifact::Program &program) {
  const auto &buckets = *program.buckets();
  return bucket + 1 == buckets.size()
             ? limits.maxStepTokens
             : std::min<int64_t>(buckets.Get(bucket)->max_tokens(),
                                 limits.maxStepTokens);
}

/// Sizes, items and step inputs of a bucket.
static uint64_t headBytes(const artifact::Bucket &bucket, int64_t maxRows) {
  return arrayBytes(kNumDims) + arrayBytes(bucket.launches()->size()) +
         kNumInputs * arrayBytes(static_cast<uint64_t>(maxRows));
}

/// Where the longest of them ends.
static uint64_t windowTableOffset(const ExecutorLimits &limits,
                                  const artifact::Program &program) {
  uint64_t end = 0;
  for (uint32_t i = 0; i < program.buckets()->size(); ++i)
    end = std::max(end, headBytes(*program.buckets()->Get(i),
                                  maxRowsOf(i, limits, program)));
  return end;
}

/// Of a page table.
static uint64_t tableBytes(const ExecutorLimits &limits, int64_t pagesPerSlot) {
  return arrayBytes(static_cast<uint64_t>(limits.numSlots * pagesPerSlot));
}

uint64_t StepInputs::bytesOf(const ExecutorLimits &limits,
                             const artifact::Program &program) {
  return windowTableOffset(limits, program) +
         tableBytes(limits, limits.windowPagesPerSlot) +
         tableBytes(limits, limits.pagesPerSlot);
}

StepInputs::StepInputs(const ExecutorLimits &limits,
                       const artifact::Program &program)
    : limits_(limits), windowTableAt_(windowTableOffset(limits, program)),
      pageTableAt_(windowTableAt_ +
                   tableBytes(limits, limits.windowPagesPerSlot)),
      totalBytes_(bytesOf(limits, program)), host_(totalBytes_) {
  for (uint32_t i = 0; i < program.buckets()->size(); ++i)
    place(buckets_.emplace_back(Bucket{
        program.buckets()->Get(i), maxRowsOf(i, limits, program), 0, 0, 0, 0}));
}

void StepInputs::place(Bucket &bucket) const {
  bucket.dims = windowTableAt_ - headBytes(*bucket.table, bucket.maxRows);
  bucket.items = bucket.dims + arrayBytes(kNumDims);
  bucket.inputs = bucket.items + arrayBytes(bucket.table->launches()->size());
  bucket.inputStride = arrayBytes(static_cast<uint64_t>(bucket.maxRows));
}

size_t StepInputs::bucketFor(int64_t numTokens) const {
  for (size_t i = 0; i + 1 < buckets_.size(); ++i)
    if (numTokens <= int64_t{buckets_[i].table->max_tokens()})
      return i;
  return buckets_.size() - 1;
}

uint64_t StepInputs::inputAt(size_t bucket, artifact::StepInput input) const {
  return buckets_[bucket].inputs +
         static_cast<uint64_t>(input) * buckets_[bucket].inputStride;
}

uint64_t StepInputs::dimAt(size_t bucket, artifact::StepDim dim) const {
  return buckets_[bucket].dims + static_cast<uint64_t>(dim) * sizeof(int32_t);
}

uint64_t StepInputs::activeItemsAt(size_t bucket, size_t launch) const {
  return buckets_[bucket].items + launch * sizeof(int32_t);
}

//===----------------------------------------------------------------------===//
// A step
//===----------------------------------------------------------------------===//

void StepInputs::put(uint64_t at, std::span<const int32_t> numbers) {
  if (!numbers.empty()) // memcpy takes no null, also for no bytes
    std::memcpy(host_.data() + at, numbers.data(), numbers.size_bytes());
}

// A grid of more items than an i32 counts is the launch's to refuse.
static int32_t clamped(uint64_t number) {
  return static_cast<int32_t>(std::min<uint64_t>(number, INT32_MAX));
}

void StepInputs::fillSizes(const Bucket &bucket) {
  int32_t dims[kNumDims];
  for (size_t i = 0; i < kNumDims; ++i)
    dims[i] = clamped(sizes_.evaluate(
        artifact::Extent(static_cast<artifact::StepDim>(i), 1, 1, 0)));
  put(bucket.dims, dims);
  items_.clear();
  for (const artifact::Launch *launch : *bucket.table->launches())
    items_.push_back(clamped(sizes_.evaluate(*launch->grid_x())));
  put(bucket.items, items_);
}

/// All of the window table, which is short, and of the other one all entries up
/// to the last that a row of the step looks up; gives where they end in the
/// block.
uint64_t StepInputs::fillPageTables(const StepPlan &plan) {
  put(windowTableAt_, plan.windowTable);
  int64_t count = 0;
  for (int64_t t = 0; t < plan.numTokens(); ++t) {
    int64_t page = (plan.visibleEnds[t] - 1) / limits_.pageSize;
    count = std::max(count, plan.slots[t] * limits_.pagesPerSlot + page + 1);
  }
  put(pageTableAt_, plan.pageTable.first(static_cast<size_t>(count)));
  return pageTableAt_ + static_cast<uint64_t>(count) * sizeof(int32_t);
}

StepInputs::Part StepInputs::fill(size_t number, const StepPlan &plan) {
  const Bucket &bucket = buckets_[number];
  cutQueryTiles(plan, bucket.table->query_tile(), tileFirstRows_, tileNumRows_);
  sizes_ = {
      plan.numTokens(), plan.numOutputs(),
      static_cast<int64_t>(tileFirstRows_.size()),
      *std::max_element(plan.visibleEnds.begin(), plan.visibleEnds.end())};
  fillSizes(bucket);
  // In the order of StepInput.
  const std::vector<int32_t> *arrays[kNumInputs] = {
      &plan.tokenIds,   &plan.positions, &plan.slots,  &plan.visibleEnds,
      &plan.outputRows, &tileFirstRows_, &tileNumRows_};
  for (size_t i = 0; i < kNumInputs; ++i)
    put(bucket.inputs + i * bucket.inputStride, *arrays[i]);
  uint64_t end = fillPageTables(plan);
  return {bucket.dims, std::span<const std::byte>(host_).subspan(
                           bucket.dims, end - bucket.dims)};
}

} // namespace g4rt
