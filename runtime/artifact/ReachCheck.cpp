//===- ReachCheck.cpp - Launches stay within their memory -----------------===//
//
// A kernel is native code: what it touches follows from its grid and from the
// sizes that were compiled into it, and nobody can read those out of it. Its
// table says them, so a launch is compared with its kernel, number by number.
// Numbers that kernels read from memory and use as indices (experts, order of
// rows) come from kernels as well: that is why nothing may be read that was not
// written before, by who was meant to.
//
//===----------------------------------------------------------------------===//

#include "runtime/artifact/ArtifactCheck.h"
#include "runtime/artifact/CacheLayout.h"
#include "runtime/artifact/ElementSize.h"

#include <string>
#include <utility>
#include <vector>

namespace g4rt {

using artifact::ArgKind;

static Status wrong(const std::string &what) {
  return Status(StatusCode::DataLoss, what);
}

static bool isSame(const artifact::Extent &a, const artifact::Extent &b) {
  return a.dim() == b.dim() && a.mul() == b.mul() && a.div() == b.div() &&
         a.add() == b.add();
}

/// "ceil(tokens * 2 / 3) + 1".
static std::string textOf(const artifact::Extent &extent) {
  return std::string("ceil(") + artifact::EnumNameStepDim(extent.dim()) +
         " * " + std::to_string(extent.mul()) + " / " +
         std::to_string(extent.div()) + ") + " + std::to_string(extent.add());
}

static Status different(const std::string &what, const std::string &found,
                        const std::string &needed) {
  if (found == needed)
    return Status();
  return wrong(what + " is " + found + ", its kernel is made for " + needed);
}

static Status checkExtent(const std::string &what,
                          const artifact::Extent &found,
                          const artifact::Extent &needed) {
  return isSame(found, needed) ? Status()
                               : different(what, textOf(found), textOf(needed));
}

static Status checkNumber(const std::string &what, uint64_t found,
                          uint64_t needed) {
  return found == needed
             ? Status()
             : different(what, std::to_string(found), std::to_string(needed));
}

namespace {

/// The launches of one bucket, in order.
class BucketCheck {
public:
  BucketCheck(const artifact::Artifact &root, const artifact::Program &program,
              const artifact::CodeObject &code, const artifact::Bucket &bucket)
      : root_(root), program_(program), code_(code), bucket_(bucket),
        content_(program.num_storages(), kNothing) {}

  Status check();

private:
  static constexpr uint32_t kNothing = ~0u;

  Status checkLaunch(const artifact::Launch &launch);
  Status checkUse(const artifact::Launch &launch,
                  const artifact::KernelUse &use);
  const artifact::KernelUse *findUse(const artifact::Launch &launch,
                                     Status &why);
  Status checkArg(const artifact::Arg &arg, const artifact::Reach &reach);
  Status checkBuffer(uint32_t index, const artifact::Reach &reach);
  Status checkCache(const artifact::Arg &arg, const artifact::Reach &reach);
  Status checkContent(uint32_t buffer, const std::string &reader) const;
  void begin(const artifact::Launch &launch,
             const flatbuffers::Vector<const artifact::Reach *> &reaches);

  const artifact::Artifact &root_;
  const artifact::Program &program_;
  const artifact::CodeObject &code_;
  const artifact::Bucket &bucket_;
  std::vector<uint32_t> content_; // of each storage: the buffer that it holds
};

} // namespace

Status BucketCheck::checkContent(uint32_t buffer,
                                 const std::string &reader) const {
  const artifact::Buffer &table = *program_.buffers()->Get(buffer);
  if (content_[table.storage()] == buffer)
    return Status();
  return wrong("buffer " + table.name()->str() + ": " + reader +
               " reads it, and no launch before has left it there");
}

Status BucketCheck::checkBuffer(uint32_t index, const artifact::Reach &reach) {
  const artifact::Buffer &buffer = *program_.buffers()->Get(index);
  std::string name = "buffer " + buffer.name()->str();
  G4RT_TRY(checkExtent(name + ": rows", *buffer.rows(), reach.rows()));
  G4RT_TRY(checkNumber(name + ": bytes of a row",
                       buffer.cols() * elementBytes(buffer.dtype()),
                       reach.bytes()));
  return reach.begins() ? Status() : checkContent(index, "the launch");
}

/// Bytes of a position in the part of a cache that an argument is.
static uint64_t positionBytes(ArgKind part, const artifact::Cache &cache) {
  switch (part) {
  case ArgKind::cache_keys:
    return keyBytesPerPosition(cache);
  case ArgKind::cache_values:
    return valueBytesPerPosition(cache);
  default:
    return scaleBytesPerPosition(cache);
  }
}

Status BucketCheck::checkCache(const artifact::Arg &arg,
                               const artifact::Reach &reach) {
  const artifact::Cache &cache = *program_.caches()->Get(arg.index());
  std::string name = "cache " + cache.name()->str();
  uint64_t bytes = cache.page_size() * positionBytes(arg.kind(), cache);
  G4RT_TRY(checkNumber(name + ": bytes of a page", bytes, reach.bytes()));
  return checkNumber(name + ": kind", static_cast<uint64_t>(cache.kind()),
                     reach.index());
}

Status BucketCheck::checkArg(const artifact::Arg &arg,
                             const artifact::Reach &reach) {
  switch (arg.kind()) {
  case ArgKind::weight: {
    const artifact::Weight &weight = *root_.weights()->Get(arg.index());
    return checkNumber("weight " + weight.name()->str() + ": bytes",
                       weight.data()->size(), reach.bytes());
  }
  case ArgKind::buffer:
    return checkBuffer(arg.index(), reach);
  case ArgKind::cache_keys:
  case ArgKind::cache_values:
  case ArgKind::cache_key_scales:
  case ArgKind::cache_value_scales:
    return checkCache(arg, reach);
  case ArgKind::input:
  case ArgKind::dim:
  case ArgKind::dim_address:
  case ArgKind::page_table:
  case ArgKind::page_table_width:
    return checkNumber("number of its input, size or table", arg.index(),
                       reach.index());
  case ArgKind::active_items:
    return Status();
  case ArgKind::number:
    break; // of generators
  }
  return wrong("no launch takes such an argument");
}

/// After its reads: a launch writes no storage that it reads.
void BucketCheck::begin(
    const artifact::Launch &launch,
    const flatbuffers::Vector<const artifact::Reach *> &reaches) {
  for (uint32_t i = 0; i < reaches.size(); ++i) {
    const artifact::Arg &arg = *launch.args()->Get(i);
    if (arg.kind() == ArgKind::buffer && reaches.Get(i)->begins())
      content_[program_.buffers()->Get(arg.index())->storage()] = arg.index();
  }
}

Status BucketCheck::checkUse(const artifact::Launch &launch,
                             const artifact::KernelUse &use) {
  G4RT_TRY(checkExtent("grid_x", *launch.grid_x(), *use.grid_x()));
  G4RT_TRY(checkExtent("grid_y", *launch.grid_y(), *use.grid_y()));
  if (use.query_tile() > 0)
    G4RT_TRY(checkNumber("query_tile of its bucket", bucket_.query_tile(),
                         use.query_tile()));
  G4RT_TRY(checkNumber("number of arguments", launch.args()->size(),
                       use.reaches()->size()));
  for (uint32_t i = 0; i < launch.args()->size(); ++i)
    if (Status status =
            checkArg(*launch.args()->Get(i), *use.reaches()->Get(i));
        !status.ok())
      return std::move(status).during("argument " + std::to_string(i));
  return Status();
}

/// The use of its kernel that the launch is; `why` is what the first one says.
const artifact::KernelUse *BucketCheck::findUse(const artifact::Launch &launch,
                                                Status &why) {
  const artifact::Kernel &kernel = *code_.kernels()->Get(launch.kernel());
  why = wrong("kernel " + kernel.symbol()->str() +
              " says nothing of its launches: compile the model again");
  if (!kernel.uses())
    return nullptr;
  bool isFirst = true;
  for (const artifact::KernelUse *use : *kernel.uses()) {
    Status status = checkUse(launch, *use);
    if (status.ok())
      return use;
    if (std::exchange(isFirst, false))
      why = std::move(status);
  }
  return nullptr;
}

Status BucketCheck::checkLaunch(const artifact::Launch &launch) {
  Status why;
  const artifact::KernelUse *use = findUse(launch, why);
  if (!use)
    return why;
  begin(launch, *use->reaches());
  // Of what two of its arguments share, one would overwrite the other.
  for (const artifact::Arg *arg : *launch.args())
    if (arg->kind() == ArgKind::buffer)
      G4RT_TRY(checkContent(arg->index(), "the launch itself"));
  return Status();
}

Status BucketCheck::check() {
  for (const artifact::Launch *launch : *bucket_.launches())
    if (Status status = checkLaunch(*launch); !status.ok())
      return std::move(status).during("launch " + launch->label()->str());
  G4RT_TRY(checkContent(program_.logits(), "the host"));
  if (const artifact::Candidates *candidates = program_.candidates()) {
    G4RT_TRY(checkContent(candidates->values(), "the host"));
    G4RT_TRY(checkContent(candidates->ids(), "the host"));
  }
  return Status();
}

Status checkReaches(const artifact::Artifact &root,
                    const artifact::Program &program,
                    const artifact::CodeObject &code) {
  for (const artifact::Bucket *bucket : *program.buckets())
    if (Status status = BucketCheck(root, program, code, *bucket).check();
        !status.ok())
      return std::move(status).during(
          "bucket of " + std::to_string(bucket->max_tokens()) + " tokens");
  return Status();
}

} // namespace g4rt
