//===- ToyModel.cpp - An artifact that one can compute by hand ------------===//

#include "test/support/ToyModel.h"

#include "runtime/artifact/ArtifactCheck.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/artifact/ElementSize.h"
#include "runtime/base/Checksum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "test/support/TempFolder.h"

namespace g4rt {

using artifact::Arg;
using artifact::ArgKind;
using artifact::Extent;
using artifact::PageTable;
using artifact::StepDim;
using artifact::StepInput;

namespace {

enum Buffers : uint32_t { kX, kY, kTiles, kLogits };
enum Caches : uint32_t { kAll, kWindow };

std::unique_ptr<Extent> extent(StepDim dim, uint32_t mul = 1,
                               uint32_t div = 1) {
  return std::make_unique<Extent>(dim, mul, div, 0);
}

Arg input(StepInput which) {
  return Arg(ArgKind::input, static_cast<uint32_t>(which));
}
Arg buffer(uint32_t which) { return Arg(ArgKind::buffer, which); }
Arg table(PageTable which) {
  return Arg(ArgKind::page_table, static_cast<uint32_t>(which));
}
Arg width(PageTable which) {
  return Arg(ArgKind::page_table_width, static_cast<uint32_t>(which));
}

struct KernelRow {
  const char *symbol;
  uint32_t scratchBytes;
  std::vector<ArgKind> params;
};

std::vector<KernelRow> kernelRows() {
  using enum ArgKind;
  std::vector<ArgKind> sums = {
      input, input, input, page_table, page_table_width, cache_keys, buffer};
  return {{"toyEmbed", 0, {input, weight, buffer}},
          {"toyStore",
           0,
           {buffer, input, input, page_table, page_table_width, cache_keys}},
          {"toySumAll", 0, sums},
          {"toySumWindow", 0, sums},
          {"toyTiles", 0, {input, input, buffer}},
          {"toyLogits", 0, {input, buffer, buffer, dim}},
          {"toyGrid", 64, {buffer, dim, dim}},
          {"toyScale", 0, {buffer, dim}},
          {"toyNothing", 0, {}}};
}

std::unique_ptr<artifact::LaunchT> launch(const char *label, uint32_t kernel,
                                          std::unique_ptr<Extent> grid,
                                          std::vector<Arg> args) {
  auto launch = std::make_unique<artifact::LaunchT>();
  launch->label = label;
  launch->kernel = kernel;
  launch->grid_x = std::move(grid);
  launch->grid_y = extent(StepDim::one);
  launch->args = std::move(args);
  return launch;
}

/// What one cache adds to a step.
void addCacheLaunches(artifact::BucketT &bucket, uint32_t cache,
                      PageTable pages, uint32_t sum) {
  Arg keys(ArgKind::cache_keys, cache);
  bucket.launches.push_back(
      launch("store", kToyStore, extent(StepDim::tokens),
             {buffer(kX), input(StepInput::positions), input(StepInput::slots),
              table(pages), width(pages), keys}));
  bucket.launches.push_back(
      launch("sum", sum, extent(StepDim::tokens),
             {input(StepInput::positions), input(StepInput::slots),
              input(StepInput::visible_ends), table(pages), width(pages), keys,
              buffer(kY)}));
}

std::unique_ptr<artifact::BucketT> makeBucket(uint32_t maxTokens,
                                              uint32_t queryTile) {
  auto bucket = std::make_unique<artifact::BucketT>();
  bucket->max_tokens = maxTokens;
  bucket->query_tile = queryTile;
  bucket->launches.push_back(launch(
      "embed", kToyEmbed, extent(StepDim::tokens),
      {input(StepInput::token_ids), Arg(ArgKind::weight, 0), buffer(kX)}));
  addCacheLaunches(*bucket, kAll, PageTable::pages, kToySumAll);
  addCacheLaunches(*bucket, kWindow, PageTable::window, kToySumWindow);
  bucket->launches.push_back(
      launch("tiles", kToyTiles, extent(StepDim::query_tiles),
             {input(StepInput::tile_first_rows),
              input(StepInput::tile_num_rows), buffer(kTiles)}));
  bucket->launches.push_back(
      launch("logits", kToyLogits, extent(StepDim::outputs, 1, 2),
             {input(StepInput::output_rows), buffer(kY), buffer(kLogits),
              Arg(ArgKind::dim, static_cast<uint32_t>(StepDim::outputs))}));
  for (auto [name, launch, tapped] : {std::tuple{"values", 0u, kX},
                                      {"sums", 4u, kY},
                                      {"tiles", 5u, kTiles}}) {
    auto tap = std::make_unique<artifact::TapT>();
    tap->name = name;
    tap->launch = launch;
    tap->buffer = tapped;
    bucket->taps.push_back(std::move(tap));
  }
  return bucket;
}

std::unique_ptr<artifact::BufferT> makeBuffer(const char *name,
                                              artifact::DType dtype,
                                              StepDim rows, uint64_t cols,
                                              uint32_t storage) {
  auto buffer = std::make_unique<artifact::BufferT>();
  buffer->name = name;
  buffer->dtype = dtype;
  buffer->rows = extent(rows);
  buffer->cols = cols;
  buffer->storage = storage;
  return buffer;
}

std::unique_ptr<artifact::CacheT>
makeCache(const char *name, artifact::CacheKind kind, uint32_t window) {
  auto cache = std::make_unique<artifact::CacheT>();
  cache->name = name;
  cache->kind = kind;
  cache->window = window;
  cache->num_kv_heads = 1;
  cache->head_dim = 1;
  cache->page_size = kToyPageSize;
  return cache;
}

std::unique_ptr<artifact::ProgramT> makeProgram() {
  auto program = std::make_unique<artifact::ProgramT>();
  using artifact::DType;
  program->buffers.push_back(
      makeBuffer("x", DType::f32, StepDim::tokens, 1, 0));
  program->buffers.push_back(
      makeBuffer("y", DType::f32, StepDim::tokens, 2, 1));
  // Shares the storage of x, which is dead by then.
  program->buffers.push_back(
      makeBuffer("tiles", DType::i32, StepDim::tokens, 1, 0));
  program->buffers.push_back(
      makeBuffer("logits", DType::f32, StepDim::outputs, kToyVocab, 2));
  program->num_storages = 3;
  program->logits = kLogits;
  program->caches.push_back(makeCache("all", artifact::CacheKind::pages, 0));
  program->caches.push_back(
      makeCache("window", artifact::CacheKind::window, kToyWindow));
  program->buckets.push_back(makeBucket(1, 1));
  program->buckets.push_back(makeBucket(~0u, 4));
  return program;
}

/// Appends a segment of the data part; gives its place in the file.
artifact::Span append(std::string &data, std::string_view bytes) {
  data.resize((data.size() + 63) / 64 * 64);
  artifact::Span span(kHeadBytes + data.size(), bytes.size());
  data += bytes;
  return span;
}

std::unique_ptr<artifact::WeightT> makeWeight(std::string &data) {
  std::vector<float> values;
  for (int id = 0; id < kToyVocab; ++id)
    values.push_back(static_cast<float>(3 * id + 1));
  std::string_view bytes(reinterpret_cast<const char *>(values.data()),
                         values.size() * sizeof(float));
  auto weight = std::make_unique<artifact::WeightT>();
  weight->name = "values";
  weight->shape = {kToyVocab, 1};
  weight->packing = "rows";
  weight->data = std::make_unique<artifact::Span>(append(data, bytes));
  weight->checksum = checksum(bytesOf(bytes));
  return weight;
}

std::unique_ptr<artifact::CodeObjectT> makeCode(std::string &data) {
  auto code = std::make_unique<artifact::CodeObjectT>();
  std::string bytes = toyCode();
  code->target = "toy";
  code->data = std::make_unique<artifact::Span>(append(data, bytes));
  code->checksum = checksum(bytesOf(bytes));
  for (KernelRow &row : kernelRows()) {
    auto kernel = std::make_unique<artifact::KernelT>();
    kernel->symbol = row.symbol;
    kernel->scratch_bytes = row.scratchBytes;
    kernel->params = std::move(row.params);
    code->kernels.push_back(std::move(kernel));
  }
  return code;
}

/// Tables of the right kind: nothing here encodes text.
std::unique_ptr<artifact::TokenizerT> makeTokenizer() {
  auto tokenizer = std::make_unique<artifact::TokenizerT>();
  tokenizer->num_tokens = kToyVocab;
  tokenizer->byte_ids.assign(256, ~0u);
  return tokenizer;
}

} // namespace

std::string toyCode() { return readWholeFile(G4_TOY_KERNELS); }
std::string otherToyCode() { return readWholeFile(G4_OTHER_TOY_KERNELS); }

ToyModel::ToyModel() {
  tables.model = std::make_unique<artifact::ModelT>();
  tables.model->name = "toy";
  tables.model->architecture = "toy";
  tables.model->vocab_size = kToyVocab;
  tables.model->max_positions = 1024;
  tables.weights.push_back(makeWeight(data));
  tables.code.push_back(makeCode(data));
  auto variant = std::make_unique<artifact::VariantT>();
  variant->target = "toy";
  variant->program = makeProgram();
  tables.variants.push_back(std::move(variant));
  tables.tokenizer = makeTokenizer();
  tables.generation = std::make_unique<artifact::GenerationT>();
  tables.generation->eos_ids = {1};
  auto fact = std::make_unique<artifact::FactT>();
  fact->key = "compiler";
  fact->value = "by hand";
  tables.provenance.push_back(std::move(fact));
  describeUses();
}

static artifact::Reach reachOf(const Arg &arg,
                               const artifact::ArtifactT &tables,
                               std::set<uint32_t> &begun) {
  const artifact::ProgramT &program = *tables.variants[0]->program;
  const Extent none;
  switch (arg.kind()) {
  case ArgKind::weight:
    return {tables.weights[arg.index()]->data->size(), none, 0, false};
  case ArgKind::buffer: {
    const artifact::BufferT &buffer = *program.buffers[arg.index()];
    return {buffer.cols * elementBytes(buffer.dtype), *buffer.rows, 0,
            begun.insert(arg.index()).second};
  }
  case ArgKind::cache_keys:
  case ArgKind::cache_values: {
    const artifact::CacheT &cache = *program.caches[arg.index()];
    return {cache.page_size * sizeof(float), none,
            static_cast<uint32_t>(cache.kind), false};
  }
  default:
    return {0, none, arg.index(), false};
  }
}

void ToyModel::describeUses() {
  for (auto &kernel : code().kernels)
    kernel->uses.clear();
  for (auto &bucket : program().buckets) {
    std::set<uint32_t> begun;
    for (auto &launch : bucket->launches) {
      auto use = std::make_unique<artifact::KernelUseT>();
      use->grid_x = std::make_unique<Extent>(*launch->grid_x);
      use->grid_y = std::make_unique<Extent>(*launch->grid_y);
      for (const Arg &arg : launch->args)
        use->reaches.push_back(reachOf(arg, tables, begun));
      code().kernels[launch->kernel]->uses.push_back(std::move(use));
    }
  }
}

void ToyModel::makeGpuProgram() {
  code().format = artifact::CodeFormat::cubin;
  variant().device = artifact::DeviceKind::cuda;
  variant().features = {"sm_90"};
  for (uint32_t kernel = 0; kernel <= kToyLogits; ++kernel) {
    artifact::KernelT &row = *code().kernels[kernel];
    row.symbol += "Items";
    std::replace(row.params.begin(), row.params.end(), ArgKind::dim,
                 ArgKind::dim_address);
    row.params.push_back(ArgKind::active_items);
  }
  for (auto &bucket : program().buckets)
    for (auto &launch : bucket->launches) {
      for (Arg &arg : launch->args)
        if (arg.kind() == ArgKind::dim)
          arg = Arg(ArgKind::dim_address, arg.index());
      launch->args.push_back(Arg(ArgKind::active_items, 0));
    }
  describeUses();
}

std::string ToyModel::metadata() const {
  flatbuffers::FlatBufferBuilder builder;
  artifact::FinishSizePrefixedArtifactBuffer(
      builder, artifact::Artifact::Pack(builder, &tables));
  return {reinterpret_cast<const char *>(builder.GetBufferPointer()),
          builder.GetSize()};
}

std::string ToyModel::complaint() const {
  std::string bytes = metadata();
  std::vector<uint64_t> aligned(bytes.size() / 8 + 1);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  Status status =
      checkArtifact(*artifact::GetSizePrefixedArtifact(aligned.data()),
                    (kHeadBytes + data.size() + 63) / 64 * 64);
  if (!status.ok())
    EXPECT_EQ(status.code(), StatusCode::DataLoss);
  return status.message();
}

std::string ToyModel::file() const {
  std::string file(kHeadBytes, '\0');
  file += data;
  file.resize((file.size() + 63) / 64 * 64);
  ArtifactHead head{.metadataOffset = file.size()};
  file += metadata();
  head.fileSize = file.size();
  head.metadataSize = file.size() - head.metadataOffset;
  head.metadataChecksum = checksum(bytesOf(file).subspan(head.metadataOffset));
  auto bytes = head.encode();
  std::memcpy(file.data(), bytes.data(), bytes.size());
  return file;
}

// The offsets are those of docs/artifact.md.
void repairChecksums(std::string &file) {
  auto put = [&](size_t at, uint64_t value) {
    std::memcpy(file.data() + at, &value, sizeof(value));
  };
  uint64_t offset;
  std::memcpy(&offset, file.data() + 24, sizeof(offset));
  if (offset <= file.size())
    put(40, checksum(bytesOf(file).subspan(offset)));
  put(120, checksum(bytesOf(file).first(120)));
}

std::vector<float> toyLogits(const std::vector<int32_t> &ids) {
  float all = 0, window = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    float value = static_cast<float>(3 * ids[i] + 1);
    all += value;
    window += i + kToyWindow >= ids.size() ? value : 0;
  }
  std::vector<float> logits;
  for (int64_t v = 0; v < kToyVocab; ++v)
    logits.push_back((v % 2 ? window : all) + static_cast<float>(v));
  return logits;
}

} // namespace g4rt
