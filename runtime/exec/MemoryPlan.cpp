//===- MemoryPlan.cpp - What a program needs of a device ------------------===//

#include "runtime/exec/MemoryPlan.h"

#include "runtime/artifact/CacheLayout.h"
#include "runtime/artifact/ElementSize.h"
#include "runtime/artifact/Generator.h"
#include "runtime/exec/StepInputs.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace g4rt {

uint64_t StepSizes::evaluate(const artifact::Extent &extent) const {
  uint64_t dim = 1;
  switch (extent.dim()) {
  case artifact::StepDim::one:
    break;
  case artifact::StepDim::tokens:
    dim = static_cast<uint64_t>(tokens);
    break;
  case artifact::StepDim::outputs:
    dim = static_cast<uint64_t>(outputs);
    break;
  case artifact::StepDim::query_tiles:
    dim = static_cast<uint64_t>(queryTiles);
    break;
  case artifact::StepDim::key_positions:
    dim = static_cast<uint64_t>(keyPositions);
    break;
  }
  // A step without rows does not even have the added items.
  if (dim == 0)
    return 0;
  return (dim * extent.mul() + extent.div() - 1) / extent.div() + extent.add();
}

static uint64_t sumOf(const std::vector<uint64_t> &bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
}

uint64_t MemoryPlan::totalCacheBytes() const {
  return sumOf(keyBytes) + sumOf(valueBytes) + 2 * sumOf(scaleBytes);
}

uint64_t MemoryPlan::totalStorageBytes() const { return sumOf(storageBytes); }

// Pages have 32-bit numbers.
constexpr int64_t kMaxPages = (int64_t{1} << 31) - 1;

static Status checkOptions(const ExecutorOptions &options) {
  auto outside = [](const char *name, int64_t value, int64_t high) {
    return Status(StatusCode::InvalidArgument,
                  std::string(name) + " must be in [1, " +
                      std::to_string(high) + "], got " + std::to_string(value));
  };
  if (options.maxSequences < 1 || options.maxSequences > 65536)
    return outside("max-num-seqs", options.maxSequences, 65536);
  if (options.maxStepTokens < 1 || options.maxStepTokens > 65536)
    return outside("max-num-batched-tokens", options.maxStepTokens, 65536);
  if (options.maxChunkTokens < 0 || options.maxChunkTokens > 65536)
    return outside("long-prefill-token-threshold", options.maxChunkTokens,
                   65536);
  if (options.maxStepOutputs < 0 || options.maxStepOutputs > 65536)
    return outside("rows with logits", options.maxStepOutputs, 65536);
  if (options.maxModelLength < 1 || options.maxModelLength > (1 << 28))
    return outside("max-model-len", options.maxModelLength, 1 << 28);
  if (options.numPages < 0 || options.numPages > kMaxPages)
    return outside("num-pages", options.numPages, kMaxPages);
  return Status();
}

// A program without caches counts positions in such pages.
constexpr int64_t kPageSizeWithoutCaches = 32;

// No machine has a buffer or a cache of more.
constexpr uint64_t kMaxObjectBytes = uint64_t{1} << 50;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Bytes of a cache's keys, or of its values, in this many pages.
static Result<uint64_t> pagesBytes(const artifact::Cache &cache,
                                   int64_t numPages,
                                   uint64_t bytesPerPosition) {
  uint64_t bytes = static_cast<uint64_t>(numPages);
  for (uint64_t factor : {uint64_t{cache.page_size()}, bytesPerPosition})
    if (__builtin_mul_overflow(bytes, factor, &bytes) ||
        bytes > kMaxObjectBytes)
      return Status(StatusCode::ResourceExhausted,
                    "the KV cache " + cache.name()->str() + " is too large");
  return bytes;
}

static Status planStorages(MemoryPlan &plan, const artifact::Program &program) {
  StepSizes largest{plan.limits.maxStepTokens, plan.limits.maxStepOutputs,
                    plan.limits.maxStepTokens,
                    plan.limits.pagesPerSlot * plan.limits.pageSize};
  plan.storageBytes.assign(program.num_storages(), 0);
  for (const artifact::Buffer *buffer : *program.buffers()) {
    uint64_t bytes = largest.evaluate(*buffer->rows());
    for (uint64_t factor : {buffer->cols(), elementBytes(buffer->dtype())})
      if (__builtin_mul_overflow(bytes, factor, &bytes) ||
          bytes > kMaxObjectBytes)
        return Status(StatusCode::ResourceExhausted,
                      "the buffer " + buffer->name()->str() + " is too large");
    uint64_t &storage = plan.storageBytes[buffer->storage()];
    storage = std::max(storage, bytes);
  }
  return Status();
}

static ExecutorLimits limitsOf(const artifact::Artifact &root,
                               const artifact::Program &program,
                               const ExecutorOptions &options) {
  const auto &caches = *program.caches();
  int64_t maxChunk =
      options.maxChunkTokens ? options.maxChunkTokens : kDefaultChunkTokens;
  int64_t maxOutputs = std::max(options.maxStepOutputs, options.maxSequences);
  ExecutorLimits limits{
      .vocabSize = root.model()->vocab_size(),
      .maxStepTokens = options.maxStepTokens,
      .maxChunkTokens = std::min(options.maxStepTokens, maxChunk),
      .maxStepOutputs = std::min(options.maxStepTokens, maxOutputs),
      .numSlots = options.maxSequences};
  limits.pageSize =
      caches.size() ? caches.Get(0)->page_size() : kPageSizeWithoutCaches;
  limits.pagesPerSlot = ceilDiv(options.maxModelLength, limits.pageSize);
  limits.numPages = options.numPages > 0
                        ? options.numPages
                        : limits.numSlots * limits.pagesPerSlot;
  for (const artifact::Cache *cache : caches)
    limits.window = std::max<int64_t>(limits.window, cache->window());
  limits.windowPagesPerSlot = limits.ringPages();
  limits.numWindowPages = limits.numSlots * limits.windowPagesPerSlot;
  return limits;
}

static Status checkPages(const MemoryPlan &plan,
                         const ExecutorOptions &options) {
  if (plan.limits.numPages <= kMaxPages &&
      plan.limits.numWindowPages <= kMaxPages)
    return Status();
  return Status(StatusCode::ResourceExhausted,
                "max-num-seqs " + std::to_string(options.maxSequences) +
                    " with max-model-len " +
                    std::to_string(options.maxModelLength) +
                    ": too many pages, at most " + std::to_string(kMaxPages));
}

static Status planCaches(MemoryPlan &plan, const artifact::Program &program) {
  for (const artifact::Cache *cache : *program.caches()) {
    bool isWindow = cache->kind() == artifact::CacheKind::window;
    int64_t numPages =
        isWindow ? plan.limits.numWindowPages : plan.limits.numPages;
    G4RT_ASSIGN(uint64_t keys,
                pagesBytes(*cache, numPages, keyBytesPerPosition(*cache)));
    G4RT_ASSIGN(uint64_t values,
                pagesBytes(*cache, numPages, valueBytesPerPosition(*cache)));
    plan.keyBytes.push_back(keys);
    plan.valueBytes.push_back(values);
    // Less than the values, so they do not overflow.
    plan.scaleBytes.push_back(static_cast<uint64_t>(numPages) *
                              cache->page_size() *
                              scaleBytesPerPosition(*cache));
  }
  return Status();
}

Result<MemoryPlan> planMemory(const artifact::Artifact &root,
                              const artifact::Program &program,
                              const ExecutorOptions &options) {
  G4RT_TRY(checkOptions(options));
  MemoryPlan plan;
  plan.limits = limitsOf(root, program, options);
  G4RT_TRY(checkPages(plan, options));
  G4RT_TRY(planCaches(plan, program));
  G4RT_TRY(planStorages(plan, program));
  std::vector<bool> used = usedWeights(root, program);
  for (uint32_t i = 0; i < used.size(); ++i)
    if (used[i]) {
      const artifact::Weight &weight = *root.weights()->Get(i);
      plan.weightBytes += weight.data()->size();
      plan.syntheticBytes += weight.synthetic() ? weight.data()->size() : 0;
    }
  plan.inputBytes = StepInputs::bytesOf(plan.limits, program);
  return plan;
}

} // namespace g4rt
