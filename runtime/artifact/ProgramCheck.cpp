//===- ProgramCheck.cpp - The meaning of a program's tables ---------------===//

#include "runtime/artifact/ArtifactCheck.h"
#include "runtime/artifact/ElementSize.h"
#include "runtime/artifact/ProgramLimits.h"

#include <string>
#include <vector>

namespace g4rt {

namespace {

constexpr uint64_t kMaxCols = uint64_t{1} << 32;
constexpr uint32_t kMaxFactor = 1u << 30;
constexpr uint32_t kMaxHeads = 1u << 12, kMaxPageSize = 1u << 12;

Status wrong(const std::string &what) {
  return Status(StatusCode::DataLoss, what);
}

bool isKnown(artifact::DType dtype) { return elementBytes(dtype) != 0; }

bool isSound(const artifact::Extent &extent) {
  return extent.dim() <= artifact::StepDim::MAX && extent.div() > 0 &&
         extent.mul() <= kMaxFactor && extent.div() <= kMaxFactor &&
         extent.add() <= kMaxFactor;
}

/// What a step leaves in a persistent buffer, no other buffer may overwrite.
Status checkPersistent(const artifact::Program &program) {
  std::vector<uint32_t> users(program.num_storages());
  for (const artifact::Buffer *buffer : *program.buffers())
    ++users[buffer->storage()];
  for (const artifact::Buffer *buffer : *program.buffers())
    if (buffer->persistent() && users[buffer->storage()] > 1)
      return wrong("buffer " + buffer->name()->str() +
                   ": persistent, but its storage is shared");
  return Status();
}

Status checkBuffers(const artifact::Program &program) {
  for (const artifact::Buffer *buffer : *program.buffers())
    if (!isKnown(buffer->dtype()) || !isSound(*buffer->rows()) ||
        buffer->cols() == 0 || buffer->cols() > kMaxCols ||
        buffer->storage() >= program.num_storages())
      return wrong("buffer " + buffer->name()->str() + ": out of range");
  if (program.num_storages() > program.buffers()->size())
    return wrong("more storages than buffers");
  return checkPersistent(program);
}

// The host reads this buffer, so the file must not say that it is smaller.
Status checkLogits(const artifact::Program &program, uint32_t vocabSize) {
  if (program.logits() >= program.buffers()->size())
    return wrong("logits: no such buffer");
  const artifact::Buffer &buffer = *program.buffers()->Get(program.logits());
  const artifact::Extent &rows = *buffer.rows();
  if (buffer.dtype() != artifact::DType::f32 || buffer.cols() != vocabSize ||
      rows.dim() != artifact::StepDim::outputs || rows.mul() != rows.div())
    return wrong("logits: buffer " + buffer.name()->str() +
                 " is not f32 [outputs, " + std::to_string(vocabSize) + "]");
  return Status();
}

bool isCandidates(const artifact::Buffer &buffer, artifact::DType dtype,
                  uint64_t cols) {
  const artifact::Extent &rows = *buffer.rows();
  return buffer.dtype() == dtype && buffer.cols() == cols &&
         rows.dim() == artifact::StepDim::outputs && rows.mul() == rows.div();
}

// The host reads these, too.
Status checkCandidates(const artifact::Program &program, uint32_t vocabSize) {
  const artifact::Candidates *candidates = program.candidates();
  if (!candidates)
    return Status();
  size_t numBuffers = program.buffers()->size();
  if (candidates->values() >= numBuffers || candidates->ids() >= numBuffers)
    return wrong("candidates: no such buffer");
  const artifact::Buffer &values =
      *program.buffers()->Get(candidates->values());
  const artifact::Buffer &ids = *program.buffers()->Get(candidates->ids());
  if (values.cols() > vocabSize ||
      !isCandidates(values, artifact::DType::f32, values.cols()) ||
      !isCandidates(ids, artifact::DType::i32, values.cols()))
    return wrong("candidates: buffers " + values.name()->str() + " and " +
                 ids.name()->str() +
                 " are not f32 and i32 [outputs, as many as tokens at most]");
  return Status();
}

Status checkCaches(const artifact::Program &program) {
  for (const artifact::Cache *cache : *program.caches()) {
    bool isWindow = cache->kind() == artifact::CacheKind::window;
    if (!isKnown(cache->dtype()) || cache->kind() > artifact::CacheKind::MAX ||
        cache->num_kv_heads() == 0 || cache->num_kv_heads() > kMaxHeads ||
        cache->head_dim() == 0 || cache->head_dim() > kMaxHeads ||
        cache->key_dim() > cache->head_dim() || cache->page_size() == 0 ||
        cache->page_size() > kMaxPageSize ||
        isWindow != (cache->window() > 0) || cache->window() > (1u << 28))
      return wrong("cache " + cache->name()->str() + ": out of range");
    if (cache->page_size() != program.caches()->Get(0)->page_size())
      return wrong("cache " + cache->name()->str() +
                   ": all caches need one page_size");
  }
  return Status();
}

/// How many things an argument of this kind can name.
size_t numTargets(artifact::ArgKind kind, const artifact::Program &program,
                  size_t numWeights) {
  switch (kind) {
  case artifact::ArgKind::weight:
    return numWeights;
  case artifact::ArgKind::buffer:
    return program.buffers()->size();
  case artifact::ArgKind::input:
    return static_cast<size_t>(artifact::StepInput::MAX) + 1;
  case artifact::ArgKind::cache_keys:
  case artifact::ArgKind::cache_values:
  case artifact::ArgKind::cache_key_scales:
  case artifact::ArgKind::cache_value_scales:
    return program.caches()->size();
  case artifact::ArgKind::dim:
  case artifact::ArgKind::dim_address:
    return static_cast<size_t>(artifact::StepDim::MAX) + 1;
  case artifact::ArgKind::page_table:
  case artifact::ArgKind::page_table_width:
    return static_cast<size_t>(artifact::PageTable::MAX) + 1;
  case artifact::ArgKind::active_items:
    return 1;
  case artifact::ArgKind::number:
    return 0; // of generators, which no launch runs
  }
  return 0;
}

Status checkLaunch(const artifact::Launch &launch,
                   const artifact::Program &program,
                   const artifact::CodeObject &code, size_t numWeights) {
  if (launch.kernel() >= code.kernels()->size())
    return wrong("no kernel " + std::to_string(launch.kernel()));
  if (!isSound(*launch.grid_x()) || !isSound(*launch.grid_y()))
    return wrong("its grid is out of range");
  const artifact::Kernel &kernel = *code.kernels()->Get(launch.kernel());
  const auto &params = *kernel.params();
  if (params.size() != launch.args()->size())
    return wrong(std::to_string(launch.args()->size()) + " arguments, " +
                 kernel.symbol()->str() + " takes " +
                 std::to_string(params.size()));
  if (params.size() > kMaxLaunchArgs)
    return wrong("more than " + std::to_string(kMaxLaunchArgs) + " arguments");
  for (size_t i = 0; i < params.size(); ++i) {
    const artifact::Arg &arg = *launch.args()->Get(i);
    if (arg.kind() != params.Get(i) ||
        arg.index() >= numTargets(arg.kind(), program, numWeights))
      return wrong("argument " + std::to_string(i) + " is not what " +
                   kernel.symbol()->str() + " takes");
    if (arg.kind() == artifact::ArgKind::active_items && i + 1 < params.size())
      return wrong("argument " + std::to_string(i) +
                   ": active_items is not the last");
  }
  return Status();
}

Status checkBucket(const artifact::Bucket &bucket,
                   const artifact::Program &program,
                   const artifact::CodeObject &code, size_t numWeights) {
  if (bucket.query_tile() == 0 || bucket.query_tile() > kMaxPageSize)
    return wrong("query_tile is out of range");
  for (const artifact::Launch *launch : *bucket.launches())
    if (Status status = checkLaunch(*launch, program, code, numWeights);
        !status.ok())
      return std::move(status).during("launch " + launch->label()->str());
  for (const artifact::Tap *tap : *bucket.taps())
    if (tap->launch() >= bucket.launches()->size() ||
        tap->buffer() >= program.buffers()->size())
      return wrong("tap " + tap->name()->str() + ": out of range");
  return Status();
}

} // namespace

Status checkProgram(const artifact::Artifact &root,
                    const artifact::Variant &variant) {
  const artifact::Program &program = *variant.program();
  const artifact::CodeObject &code = *root.code()->Get(variant.code());
  size_t numWeights = root.weights()->size();
  G4RT_TRY(checkBuffers(program));
  G4RT_TRY(checkLogits(program, root.model()->vocab_size()));
  G4RT_TRY(checkCandidates(program, root.model()->vocab_size()));
  G4RT_TRY(checkCaches(program));
  if (program.buckets()->size() == 0)
    return wrong("no buckets");
  uint32_t last = 0;
  for (const artifact::Bucket *bucket : *program.buckets()) {
    if (bucket->max_tokens() <= last)
      return wrong("max_tokens must rise from bucket to bucket");
    last = bucket->max_tokens();
    if (Status status = checkBucket(*bucket, program, code, numWeights);
        !status.ok())
      return std::move(status).during("bucket of " + std::to_string(last) +
                                      " tokens");
  }
  return checkReaches(root, program, code);
}

} // namespace g4rt
