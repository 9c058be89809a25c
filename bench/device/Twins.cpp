//===- Twins.cpp - Plain twins of kernels on the device -------------------===//

#include "bench/device/Twins.h"

#include "runtime/artifact/CacheLayout.h"
#include "runtime/artifact/ElementSize.h"
#include "runtime/artifact/Packing.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace g4rt {

using artifact::ArgKind;

constexpr int64_t kThreads = 128; // of a block, in every kernel of Reference.cu

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

static Result<std::vector<std::byte>> readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file || bytes.empty())
    return Status(StatusCode::NotFound, "reading twins " + path);
  auto view = std::as_bytes(std::span(bytes));
  return std::vector<std::byte>(view.begin(), view.end());
}

/// What the loader of code wants to know.
static Result<std::unique_ptr<KernelModule>>
loadKernels(Device &device, std::span<const std::byte> code,
            const std::vector<std::pair<std::string, int>> &kernels) {
  artifact::CodeObjectT table;
  table.target = "reference";
  table.format = artifact::CodeFormat::cubin;
  for (const auto &[name, numParams] : kernels) {
    auto kernel = std::make_unique<artifact::KernelT>();
    kernel->symbol = name;
    kernel->threads = kThreads;
    kernel->params.assign(static_cast<size_t>(numParams), ArgKind::dim);
    table.kernels.push_back(std::move(kernel));
  }
  flatbuffers::FlatBufferBuilder builder;
  artifact::Span nowhere(0, code.size());
  table.data = std::make_unique<artifact::Span>(nowhere);
  builder.Finish(artifact::CodeObject::Pack(builder, &table));
  return device.loadCode(
      *flatbuffers::GetRoot<artifact::CodeObject>(builder.GetBufferPointer()),
      code);
}

Status Twins::loadModules(const std::string &path) {
  G4RT_ASSIGN(code_, readFile(path));
  G4RT_ASSIGN(module_, loadKernels(*side_.device, code_,
                                   {{"reference_linear", 20},
                                    {"reference_queries", 12},
                                    {"reference_scores", 20},
                                    {"reference_attention", 13},
                                    {"reference_router_logits", 13},
                                    {"reference_router", 7},
                                    {"ceiling_copy", 4}}));
  return Status();
}

Result<std::unique_ptr<Twins>> Twins::load(const std::string &path,
                                           const artifact::Artifact &artifact,
                                           Side &side,
                                           const TwinConstants &constants) {
  std::unique_ptr<Twins> twins(new Twins(artifact, side, constants));
  if (Status status = twins->loadModules(path); !status.ok())
    return std::move(status).during(path);
  return twins;
}

/// Memory that is used for one purpose; it only grows.
Result<DeviceAddress> Twins::space(const std::string &name, uint64_t bytes) {
  auto &[at, size] = spaces_[name];
  if (bytes > size) {
    size = std::max(bytes, 2 * size);
    G4RT_ASSIGN(at, side_.device->allocate(size));
  }
  return at;
}

Result<uint64_t> Twins::upload(const std::string &name,
                               std::span<const int32_t> ints) {
  G4RT_ASSIGN(DeviceAddress at, space(name, ints.size_bytes()));
  G4RT_TRY(side_.device->copyIn(at, std::as_bytes(ints)));
  return static_cast<uint64_t>(at);
}

Result<double> Twins::launch(Kernel kernel, int64_t numThreads,
                             std::span<const uint64_t> args) {
  uint64_t blocks =
      static_cast<uint64_t>((numThreads + kThreads - 1) / kThreads);
  return side_.device->launchTimed({.module = module_.get(),
                                    .kernel = static_cast<uint32_t>(kernel),
                                    .gridX = std::max<uint64_t>(1, blocks),
                                    .args = args});
}

Status Twins::start(Kernel kernel, int64_t numThreads,
                    std::span<const uint64_t> args) {
  Result<double> seconds = launch(kernel, numThreads, args);
  return seconds ? Status() : std::move(seconds).error();
}

Result<std::vector<float>> Twins::floatsAt(DeviceAddress at, int64_t count) {
  std::vector<float> floats(static_cast<size_t>(count));
  G4RT_TRY(
      side_.device->copyOut(std::as_writable_bytes(std::span(floats)), at));
  return floats;
}

static uint64_t number(DeviceAddress at) { return static_cast<uint64_t>(at); }
static uint64_t number(int64_t value) { return static_cast<uint64_t>(value); }
static uint64_t number(double value) { return std::bit_cast<uint64_t>(value); }

const artifact::Weight &Twins::weightOf(const LaunchTime &launch,
                                        size_t arg) const {
  uint32_t index =
      launch.table->args()->Get(static_cast<uint32_t>(arg))->index();
  return *artifact_.weights()->Get(index);
}

namespace {
/// The numbers of Reference.cu's Packing, and the bytes of an expert.
struct TwinPacking {
  int64_t dtype = 0, panel = 0, interleave = 1, mma = 0, expertBytes = 0;
};
} // namespace

/// Whether Reference.cu reads weights of this format.
static bool isKnown(const artifact::Weight &weight) {
  auto matrix = artifact::findPacking(
      numberTypeOf(weight.dtype()), weight.packing()->string_view(), /*rows=*/1,
      /*cols=*/64);
  if (!matrix)
    return false;
  std::string_view format = matrix->format->name;
  return format == "f32" || format == "bf16" || format == "int4";
}

static TwinPacking packingOf(const artifact::Weight &weight) {
  int64_t rank = static_cast<int64_t>(weight.shape()->size());
  int64_t rows = weight.shape()->Get(static_cast<uint32_t>(rank - 2));
  int64_t cols = weight.shape()->Get(static_cast<uint32_t>(rank - 1));
  TwinPacking packing{.dtype = static_cast<int64_t>(weight.dtype())};
  std::string_view name = weight.packing()->string_view();
  auto matrix =
      artifact::findPacking(numberTypeOf(weight.dtype()), name, rows, cols);
  if (!matrix)
    return packing;
  packing.expertBytes = matrix->numBytes();
  packing.mma = matrix->packing->isForMma ? 16 : 0;
  if (!matrix->format->isPlain())
    return packing; // the twin knows the rest
  packing.panel = matrix->packing->rows == 1 ? 0 : matrix->packing->rows;
  packing.interleave = matrix->packing->interleave;
  return packing;
}

//===----------------------------------------------------------------------===//
// Linears
//===----------------------------------------------------------------------===//

namespace {
/// What the name of a linear kernel says beside its sizes.
struct LinearForm {
  int64_t epilogue = 0; // as Reference.cu numbers them
  int64_t upCols = 0, upShift = 0;
  bool hasNorm = false, takesRows = false, xPerAssignment = false;
};
} // namespace

static bool hasWord(std::string_view name, std::string_view word) {
  return (std::string(name) + "_").find("_" + std::string(word) + "_") !=
         std::string::npos;
}

static LinearForm formOf(std::string_view kernel, int64_t weightRows) {
  LinearForm form;
  form.hasNorm = hasWord(kernel, "norm");
  form.takesRows = hasWord(kernel, "rows");
  form.xPerAssignment = hasWord(kernel, "each");
  if (hasWord(kernel, "gelu_gated")) {
    form.epilogue = 1;
    form.upShift = weightRows / 2;
  } else if (size_t at = kernel.find("_gelu_times"); at != kernel.npos) {
    long long cols = 0, shift = 0;
    std::string tail(kernel.substr(at));
    if (std::sscanf(tail.c_str(), "_gelu_times%lldat%lld", &cols, &shift) == 2)
      form = {
          2, cols, shift, form.hasNorm, form.takesRows, form.xPerAssignment};
  } else if (hasWord(kernel, "softcap")) {
    form.epilogue = 3;
  }
  return form;
}

/// For each row of y the row of x.
static std::vector<int32_t> rowsOfInput(const LinearForm &form,
                                        const StepPlan &plan, int64_t numRows,
                                        int64_t topK) {
  if (form.takesRows)
    return plan.outputRows;
  std::vector<int32_t> rows(static_cast<size_t>(numRows));
  for (size_t r = 0; r < rows.size(); ++r)
    rows[r] = static_cast<int32_t>(r) /
              (form.xPerAssignment ? 1 : static_cast<int32_t>(topK));
  return rows;
}

// The order of the arguments is that of compiler/tile/kernels/Kernels.h.
Result<std::optional<Twins::Output>> Twins::linear(const LaunchTime &launch,
                                                   const StepPlan &plan) {
  auto weights = Side::argsOf(*launch.table, ArgKind::weight);
  auto buffers = Side::argsOf(*launch.table, ArgKind::buffer);
  const artifact::Weight &weight = weightOf(launch, weights[0]);
  if (!isKnown(weight))
    return std::optional<Output>();
  bool hasExperts = weight.shape()->size() == 3;
  BufferValue x = side_.shapeOf(launch, buffers[0]);
  BufferValue y = side_.shapeOf(launch, buffers[1]);
  LinearForm form =
      formOf(launch.kernel, weight.shape()->Get(weight.shape()->size() - 2));
  int64_t topK =
      hasExperts ? static_cast<int64_t>(experts_.size()) / plan.numTokens() : 1;
  int64_t numRows = hasExperts       ? plan.numTokens() * topK
                    : form.takesRows ? plan.numOutputs()
                                     : plan.numTokens();
  // Of experts a row of the buffers may be all assignments of a token.
  int64_t K = weight.shape()->Get(weight.shape()->size() - 1);
  int64_t N = y.rows * y.cols / std::max<int64_t>(1, numRows);
  auto address = [&](size_t arg) { return launch.call->args[arg]; };
  G4RT_ASSIGN(DeviceAddress out,
              space("y", static_cast<uint64_t>(numRows * N) * sizeof(float)));
  G4RT_ASSIGN(uint64_t xRows,
              upload("rows", rowsOfInput(form, plan, numRows, topK)));
  uint64_t experts = 0;
  if (hasExperts) {
    G4RT_ASSIGN(experts, upload("experts", experts_));
  }
  TwinPacking p = packingOf(weight);
  const uint64_t args[] = {address(buffers[0]),
                           address(weights[0]),
                           number(out),
                           form.hasNorm ? address(weights[1]) : 0,
                           form.epilogue == 2 ? address(buffers[2]) : 0,
                           xRows,
                           experts,
                           number(numRows),
                           number(N),
                           number(K),
                           number(p.dtype),
                           number(p.panel),
                           number(p.interleave),
                           number(p.mma),
                           number(p.expertBytes),
                           number(form.epilogue),
                           number(form.upCols),
                           number(form.upShift),
                           number(constants_.epsilon),
                           number(constants_.softcap)};
  G4RT_TRY(start(Linear, numRows * N, args));
  G4RT_ASSIGN(std::vector<float> numbers, floatsAt(out, numRows * N));
  return std::optional(Output{1, std::move(numbers)});
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// The cache that a launch reads or writes; null if there is none.
const artifact::Cache *Twins::cacheOf(const LaunchTime &launch) const {
  auto args = Side::argsOf(*launch.table, ArgKind::cache_keys);
  if (args.empty())
    return nullptr;
  return side_.program().caches()->Get(
      launch.table->args()->Get(static_cast<uint32_t>(args[0]))->index());
}

/// Of qkv the queries; keys and values have the caches' check.
Result<std::optional<Twins::Output>> Twins::queries(const LaunchTime &launch,
                                                    const StepPlan &plan) {
  auto weights = Side::argsOf(*launch.table, ArgKind::weight);
  auto buffers = Side::argsOf(*launch.table, ArgKind::buffer);
  auto address = [&](size_t arg) { return launch.call->args[arg]; };
  int64_t T = plan.numTokens();
  int64_t D = 2 * side_.shapeOf(launch, buffers[1]).cols;
  BufferValue q = side_.shapeOf(launch, buffers[3]);
  int64_t H = q.rows * q.cols / D / T;
  const artifact::Cache *cache = cacheOf(launch);
  int64_t pairs = cache ? cache->key_dim() / 2 : 0;
  G4RT_ASSIGN(DeviceAddress out,
              space("y", static_cast<uint64_t>(T * H * D) * 4));
  const uint64_t args[] = {address(buffers[0]),
                           address(buffers[1]),
                           address(buffers[2]),
                           address(weights[0]),
                           pairs ? address(weights[1]) : 0,
                           number(pairs),
                           number(out),
                           number(T),
                           number(H),
                           number(D),
                           number(side_.shapeOf(launch, buffers[0]).cols),
                           number(constants_.epsilon)};
  G4RT_TRY(start(Queries, T * H * D, args));
  G4RT_ASSIGN(std::vector<float> numbers, floatsAt(out, T * H * D));
  return std::optional(Output{3, std::move(numbers)});
}

Result<std::optional<Twins::Output>> Twins::attention(const LaunchTime &launch,
                                                      const StepPlan &plan) {
  auto arg = [&](ArgKind kind) {
    return Side::argsOf(*launch.table, kind).front();
  };
  auto address = [&](ArgKind kind) { return launch.call->args[arg(kind)]; };
  const artifact::Cache &cache = *cacheOf(launch);
  if (hasScales(cache)) // the twin reads f32 and bf16
    return std::optional<Output>();
  int64_t D = cache.head_dim(), T = plan.numTokens();
  int64_t H = side_.shapeOf(launch, arg(ArgKind::buffer)).cols / D;
  int64_t positions =
      *std::max_element(plan.visibleEnds.begin(), plan.visibleEnds.end());
  G4RT_ASSIGN(uint64_t rowPositions, upload("positions", plan.positions));
  G4RT_ASSIGN(uint64_t slots, upload("slots", plan.slots));
  G4RT_ASSIGN(uint64_t ends, upload("ends", plan.visibleEnds));
  G4RT_ASSIGN(DeviceAddress scores,
              space("scores", static_cast<uint64_t>(T * H * positions) * 4));
  G4RT_ASSIGN(DeviceAddress out,
              space("y", static_cast<uint64_t>(T * H * D) * 4));
  uint64_t table = address(ArgKind::page_table);
  uint64_t width = address(ArgKind::page_table_width);
  uint64_t heads = cache.num_kv_heads(), P = cache.page_size();
  uint64_t isBf16 = cache.dtype() == artifact::DType::bf16;
  const uint64_t first[] = {address(ArgKind::buffer),
                            address(ArgKind::cache_keys),
                            address(ArgKind::cache_values),
                            table,
                            width,
                            rowPositions,
                            slots,
                            ends,
                            number(scores),
                            number(T),
                            number(H),
                            heads,
                            number(D),
                            P,
                            cache.window(),
                            number(positions),
                            isBf16,
                            side_.keyOrder == KeyOrder::Rows,
                            cache.key_dim() / 2,
                            number(constants_.attentionScale)};
  G4RT_TRY(start(Scores, T * H * positions, first));
  const uint64_t second[] = {number(scores),
                             address(ArgKind::cache_values),
                             table,
                             width,
                             slots,
                             number(out),
                             number(T),
                             number(H),
                             heads,
                             number(D),
                             P,
                             number(positions),
                             isBf16};
  G4RT_TRY(start(Attention, T * H * D, second));
  G4RT_ASSIGN(std::vector<float> numbers, floatsAt(out, T * H * D));
  return std::optional(Output{1, std::move(numbers)});
}

//===----------------------------------------------------------------------===//
// Router
//===----------------------------------------------------------------------===//

Result<std::optional<Twins::Output>> Twins::router(const LaunchTime &launch) {
  auto weights = Side::argsOf(*launch.table, ArgKind::weight);
  auto buffers = Side::argsOf(*launch.table, ArgKind::buffer);
  auto address = [&](size_t arg) { return launch.call->args[arg]; };
  const artifact::Weight &proj = weightOf(launch, weights[1]);
  int64_t E = proj.shape()->Get(0), K = proj.shape()->Get(1);
  BufferValue y = side_.shapeOf(launch, buffers[1]);
  int64_t T = y.rows, topK = y.cols;
  G4RT_ASSIGN(DeviceAddress logits,
              space("scores", static_cast<uint64_t>(T * E) * 4));
  G4RT_ASSIGN(DeviceAddress out,
              space("y", static_cast<uint64_t>(T * topK) * 4));
  G4RT_ASSIGN(DeviceAddress experts,
              space("chosen", static_cast<uint64_t>(T * topK) * 4));
  TwinPacking p = packingOf(proj);
  double factor = 1 / std::sqrt(static_cast<double>(K));
  const uint64_t first[] = {address(buffers[0]),
                            address(weights[0]),
                            address(weights[1]),
                            number(logits),
                            number(T),
                            number(E),
                            number(K),
                            number(p.dtype),
                            number(p.panel),
                            number(p.interleave),
                            number(p.mma),
                            number(factor),
                            number(constants_.epsilon)};
  G4RT_TRY(start(RouterLogits, T * E, first));
  const uint64_t second[] = {number(logits),  address(weights[2]), number(out),
                             number(experts), number(T),           number(E),
                             number(topK)};
  G4RT_TRY(start(Router, T, second));
  G4RT_ASSIGN(std::vector<float> numbers, floatsAt(out, T * topK));
  return std::optional(Output{1, std::move(numbers)});
}

Result<std::optional<Twins::Output>> Twins::run(const LaunchTime &launch,
                                                const StepPlan &plan) {
  std::string family = familyOf(launch.kernel);
  if (family == "linear")
    return linear(launch, plan);
  if (family == "qkv")
    return queries(launch, plan);
  if (family == "attention")
    return attention(launch, plan);
  if (family == "router")
    return router(launch);
  return std::optional<Output>();
}

//===----------------------------------------------------------------------===//
// Ceilings
//===----------------------------------------------------------------------===//

/// The best of five.
static Result<double> fastest(const std::function<Result<double>()> &run) {
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    G4RT_ASSIGN(double seconds, run());
    if (seconds > 0 && (best == 0 || seconds < best))
      best = seconds;
  }
  return best > 0 ? best : 1e-9;
}

Result<double> Twins::copyRate(uint64_t bytes) {
  constexpr int64_t kCopyThreads = 132 * 16 * kThreads;
  G4RT_ASSIGN(DeviceAddress from, space("from", bytes));
  G4RT_ASSIGN(DeviceAddress to, space("to", bytes));
  const uint64_t args[] = {number(to), number(from), bytes / 16,
                           number(kCopyThreads)};
  G4RT_ASSIGN(double seconds,
              fastest([&] { return launch(Copy, kCopyThreads, args); }));
  return 2.0 * static_cast<double>(bytes) / seconds;
}

Result<double> Twins::mmaRate() {
  constexpr int64_t kBlocks = 132 * 8, kRounds = 4096;
  constexpr double kFlops = 8.0 * 2 * 16 * 8 * 16; // of a round, a warp
  G4RT_ASSIGN(std::unique_ptr<KernelModule> module,
              loadKernels(*side_.device, code_, {{"ceiling_mma", 2}}));
  G4RT_ASSIGN(DeviceAddress out, space("y", kBlocks * kThreads * 4));
  const uint64_t args[] = {number(out), number(kRounds)};
  KernelCall call{.module = module.get(), .gridX = kBlocks, .args = args};
  G4RT_ASSIGN(double seconds,
              fastest([&] { return side_.device->launchTimed(call); }));
  return kBlocks * (kThreads / 32) * kRounds * kFlops / seconds;
}

} // namespace g4rt
