//===- ArtifactCheck.cpp - The meaning of an artifact's tables ------------===//

#include "runtime/artifact/ArtifactCheck.h"

#include "runtime/artifact/ArtifactHead.h"
#include "runtime/artifact/CanaryLayout.h"
#include "runtime/artifact/ElementSize.h"
#include "runtime/artifact/Label.h"
#include "runtime/artifact/Packing.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

static Status wrong(const std::string &what) {
  return Status(StatusCode::DataLoss, what);
}

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

namespace {
struct Segment {
  const char *kind;
  const flatbuffers::String *name;
  uint64_t offset, size;

  std::string what() const { return kind + name->str(); }
};
} // namespace

static Status checkSegments(std::vector<Segment> segments, uint64_t dataEnd) {
  std::sort(
      segments.begin(), segments.end(), [](const Segment &a, const Segment &b) {
        return a.offset != b.offset ? a.offset < b.offset : a.size < b.size;
      });
  uint64_t end = kHeadBytes;
  for (const Segment &segment : segments) {
    if (segment.offset % kSegmentAlignment != 0)
      return wrong(segment.what() + ": offset " +
                   std::to_string(segment.offset) + " is not aligned");
    if (segment.offset < end)
      return wrong(segment.what() + ": overlaps what lies before it");
    if (segment.offset > dataEnd || segment.size > dataEnd - segment.offset)
      return wrong(segment.what() + ": ends outside of the data");
    end = segment.offset + segment.size;
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Bytes of a matrix [rows, cols] of this dtype in the packing of this name.
static Result<uint64_t> matrixBytes(const std::string &name,
                                    artifact::DType dtype, int64_t rows,
                                    int64_t cols) {
  auto matrix = artifact::findPacking(numberTypeOf(dtype), name, rows, cols);
  if (!matrix)
    return wrong("unknown packing " + name + " of " +
                 artifact::EnumNameDType(dtype));
  if (!matrix->format->takesRowsOf(cols))
    return wrong("rows of " + std::to_string(cols) + " have no whole groups");
  return matrix->numBytes();
}

// Padding makes a matrix at most 256 times as large, so its bytes fit 63 bits.
constexpr int64_t kMaxElements = int64_t{1} << 40;

static Status checkWeight(const artifact::Weight &weight) {
  const auto &shape = *weight.shape();
  if (shape.size() < 1 || shape.size() > 3 || !isWeightType(weight.dtype()))
    return wrong("needs 1 to 3 dimensions and a known dtype");
  int64_t count = 1;
  for (int64_t size : shape)
    if (size <= 0 || __builtin_mul_overflow(count, size, &count) ||
        count > kMaxElements)
      return wrong("dimensions must be positive and small");
  int64_t cols = shape.Get(shape.size() - 1);
  int64_t rows = shape.size() == 1 ? 1 : shape.Get(shape.size() - 2);
  int64_t matrices = shape.size() == 3 ? shape.Get(0) : 1;
  G4RT_ASSIGN(uint64_t bytes,
              matrixBytes(weight.packing()->str(), weight.dtype(), rows, cols));
  uint64_t needed = matrices * bytes;
  if (weight.data()->size() != needed)
    return wrong(std::to_string(weight.data()->size()) +
                 " bytes, its shape needs " + std::to_string(needed));
  return Status();
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

static Status checkIds(const char *what,
                       const flatbuffers::Vector<int32_t> *ids,
                       uint32_t vocabSize) {
  if (!ids)
    return Status();
  for (int32_t id : *ids)
    if (id < 0 || static_cast<uint32_t>(id) >= vocabSize)
      return wrong(std::string("generation: ") + what + " id " +
                   std::to_string(id) + " is not in the vocabulary");
  return Status();
}

static Status checkGeneration(const artifact::Generation &generation,
                              uint32_t vocabSize) {
  G4RT_TRY(checkIds("eos", generation.eos_ids(), vocabSize));
  G4RT_TRY(checkIds("chat eos", generation.chat_eos_ids(), vocabSize));
  G4RT_TRY(checkIds("suppressed", generation.suppress_ids(), vocabSize));
  for (int32_t id : {generation.bos_id(), generation.pad_id()})
    if (id < -1 || id >= static_cast<int64_t>(vocabSize))
      return wrong("generation: bos or pad id " + std::to_string(id) +
                   " is not in the vocabulary");
  if (!(generation.temperature() >= 0) ||
      !std::isfinite(generation.temperature()) || !(generation.top_p() >= 0) ||
      !(generation.top_p() <= 1))
    return wrong("generation: temperature or top_p is out of range");
  return Status();
}

static Status checkModel(const artifact::Artifact &root) {
  const artifact::Model &model = *root.model();
  if (model.vocab_size() == 0 || model.vocab_size() > (1u << 26) ||
      model.max_positions() == 0 || model.max_positions() > (1u << 28))
    return wrong("model: vocab_size or max_positions is out of range");
  G4RT_TRY(checkGeneration(*root.generation(), model.vocab_size()));
  if (root.tokenizer()->num_tokens() > model.vocab_size())
    return wrong(
        "tokenizer: " + std::to_string(root.tokenizer()->num_tokens()) +
        " tokens, the model knows " + std::to_string(model.vocab_size()));
  return Status();
}

static Status checkCode(const artifact::CodeObject &code) {
  constexpr uint32_t kMaxScratch = 64u << 20, kMaxThreads = 1024;
  std::set<std::string_view> symbols;
  for (const artifact::Kernel *kernel : *code.kernels()) {
    if (!symbols.insert(kernel->symbol()->string_view()).second)
      return wrong("two kernels " + kernel->symbol()->str());
    if (kernel->scratch_bytes() > kMaxScratch || kernel->threads() == 0 ||
        kernel->threads() > kMaxThreads)
      return wrong("kernel " + kernel->symbol()->str() +
                   ": scratch or threads is out of range");
    for (const artifact::Work *work : {kernel->work(), kernel->round()})
      if (work && work->loaded_bytes()->size() != kernel->params()->size())
        return wrong("kernel " + kernel->symbol()->str() +
                     ": its work is not that of its parameters");
  }
  return Status();
}

static Status checkCanary(const artifact::Canary &canary, uint32_t vocabSize) {
  constexpr uint32_t kMaxNames = 4096, kMaxTokens = 4096;
  const auto &ids = *canary.token_ids();
  if (canary.names()->size() == 0 || canary.names()->size() > kMaxNames ||
      ids.size() == 0 || ids.size() > kMaxTokens)
    return wrong("canary: the number of names or tokens is out of range");
  for (int32_t id : ids)
    if (id < 0 || static_cast<uint32_t>(id) >= vocabSize)
      return wrong("canary: token " + std::to_string(id) +
                   " is not in the vocabulary");
  uint64_t needed = canaryBytes(canary.names()->size());
  if (canary.data()->size() != needed)
    return wrong("canary: " + std::to_string(canary.data()->size()) +
                 " bytes, its names need " + std::to_string(needed));
  if (!(canary.tolerance() > 0) || !std::isfinite(canary.tolerance()))
    return wrong("canary: tolerance is out of range");
  return Status();
}

static Status checkLabel(const artifact::Label &label) {
  if (label.data()->size() != kLabelBytes)
    return wrong("label: " + std::to_string(label.data()->size()) +
                 " bytes, its figures need " + std::to_string(kLabelBytes));
  return Status();
}

static Status checkExpertCounts(const artifact::ExpertCounts &counts) {
  constexpr uint64_t kMaxExperts = 4096, kMaxLayers = 1024;
  if (counts.layers()->size() > kMaxLayers)
    return wrong("expert counts: too many layers");
  uint64_t needed = 0;
  for (const artifact::CountedLayer *layer : *counts.layers()) {
    uint64_t experts = layer->num_experts();
    if (experts == 0 || experts > kMaxExperts)
      return wrong("expert counts: " + layer->name()->str() + " has " +
                   std::to_string(experts) + " experts");
    needed += experts * experts * sizeof(uint64_t);
  }
  if (counts.data()->size() != needed)
    return wrong("expert counts: " + std::to_string(counts.data()->size()) +
                 " bytes, the layers need " + std::to_string(needed));
  return Status();
}

static Status checkData(const artifact::Artifact &root, uint64_t dataEnd) {
  std::vector<Segment> segments;
  for (const artifact::Weight *weight : *root.weights()) {
    const artifact::Span &data = *weight->data();
    Segment segment{"weight ", weight->name(), data.offset(), data.size()};
    if (Status status = checkWeight(*weight); !status.ok())
      return std::move(status).during(segment.what());
    if (!weight->synthetic()) {
      segments.push_back(segment);
      continue;
    }
    if (Status status = checkSynthetic(*weight); !status.ok())
      return std::move(status).during(segment.what());
  }
  for (const artifact::CodeObject *code : *root.code()) {
    const artifact::Span &data = *code->data();
    segments.push_back(
        {"code for ", code->target(), data.offset(), data.size()});
    if (Status status = checkCode(*code); !status.ok())
      return std::move(status).during(segments.back().what());
  }
  if (const artifact::Canary *canary = root.canary()) {
    G4RT_TRY(checkCanary(*canary, root.model()->vocab_size()));
    segments.push_back({"canary of ", root.model()->name(),
                        canary->data()->offset(), canary->data()->size()});
  }
  if (const artifact::Label *label = root.label()) {
    G4RT_TRY(checkLabel(*label));
    segments.push_back({"label of ", root.model()->name(),
                        label->data()->offset(), label->data()->size()});
  }
  if (const artifact::ExpertCounts *counts = root.expert_counts()) {
    G4RT_TRY(checkExpertCounts(*counts));
    segments.push_back({"expert counts of ", root.model()->name(),
                        counts->data()->offset(), counts->data()->size()});
  }
  return checkSegments(std::move(segments), dataEnd);
}

static Status checkVariant(const artifact::Artifact &root,
                           const artifact::Variant &variant) {
  if (variant.code() >= root.code()->size())
    return wrong("code object " + std::to_string(variant.code()) + " of " +
                 std::to_string(root.code()->size()));
  G4RT_TRY(checkProgram(root, variant));
  return checkGenerators(root, variant);
}

Status checkArtifact(const artifact::Artifact &root, uint64_t dataEnd) {
  G4RT_TRY(checkModel(root));
  G4RT_TRY(checkData(root, dataEnd));
  for (const artifact::Variant *variant : *root.variants())
    if (Status status = checkVariant(root, *variant); !status.ok())
      return std::move(status).during("variant " + variant->target()->str());
  return Status();
}

} // namespace g4rt
