//===- ProgramWriter.cpp - A g4x.program as tables of the artifact --------===//

#include "compiler/pack/ProgramWriter.h"

#include "compiler/pack/WeightPacker.h"
#include "dialects/graph/Graph.h"
#include "runtime/artifact/Generator.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cstring>
#include <memory>

namespace g4 {

using namespace mlir;
using namespace exec;

/// The one op of this kind in the module.
template <typename Op>
static Op only(ModuleOp module) {
  return *module.getOps<Op>().begin();
}

ProgramWriter::ProgramWriter(ModuleOp module,
                             const llvm::StringMap<uint32_t> &weights,
                             flatbuffers::FlatBufferBuilder &builder)
    : module_(module), weights_(weights), b_(builder) {
  for (auto buffer : only<ProgramOp>(module).getBody().getOps<BufferOp>())
    buffers_[buffer.getSymName()] = buffers_.size();
  for (auto cache : module.getOps<graph::KvCacheOp>())
    caches_[cache.getSymName()] = caches_.size();
  for (auto code : module.getOps<CodeOp>()) // one, or none before emit
    for (auto [i, symbol] : llvm::enumerate(code.getKernels()))
      kernels_[cast<StringAttr>(symbol).getValue()] = i;
}

static artifact::DType dtypeOf(Type type) {
  if (type.isF32())
    return artifact::DType::f32;
  if (type.isInteger(8))
    return artifact::DType::i8;
  if (isa<Float8E4M3FNType>(type))
    return artifact::DType::f8e4m3;
  return type.isBF16() ? artifact::DType::bf16 : artifact::DType::i32;
}

static artifact::Extent extentOf(ExtentAttr extent) {
  return artifact::Extent(static_cast<artifact::StepDim>(extent.getDim()),
                          extent.getMul(), extent.getDiv(), extent.getAdd());
}

artifact::Arg ProgramWriter::argOf(Attribute arg) {
  using Kind = artifact::ArgKind;
  auto named = [](Kind kind, uint32_t index) {
    return artifact::Arg(kind, index);
  };
  return llvm::TypeSwitch<Attribute, artifact::Arg>(arg)
      .Case([&](WeightAttr a) {
        return named(Kind::weight, weights_.lookup(a.getName().getValue()));
      })
      .Case([&](BufferRefAttr a) {
        return named(Kind::buffer, buffers_.lookup(a.getName().getValue()));
      })
      .Case([&](CacheKeysAttr a) {
        return named(Kind::cache_keys, caches_.lookup(a.getName().getValue()));
      })
      .Case([&](CacheValuesAttr a) {
        return named(Kind::cache_values,
                     caches_.lookup(a.getName().getValue()));
      })
      .Case([&](CacheKeyScalesAttr a) {
        return named(Kind::cache_key_scales,
                     caches_.lookup(a.getName().getValue()));
      })
      .Case([&](CacheValueScalesAttr a) {
        return named(Kind::cache_value_scales,
                     caches_.lookup(a.getName().getValue()));
      })
      .Case([&](InputAttr a) {
        return named(Kind::input, static_cast<uint32_t>(a.getInput()));
      })
      .Case([&](DimAttr a) {
        return named(Kind::dim, static_cast<uint32_t>(a.getDim()));
      })
      .Case([&](DimAddressAttr a) {
        return named(Kind::dim_address, static_cast<uint32_t>(a.getDim()));
      })
      .Case([&](ActiveItemsAttr) { return named(Kind::active_items, 0); })
      .Case([&](TableAttr a) {
        return named(Kind::page_table, static_cast<uint32_t>(a.getTable()));
      })
      .Case([&](TableWidthAttr a) {
        return named(Kind::page_table_width,
                     static_cast<uint32_t>(a.getTable()));
      });
}

std::vector<artifact::Arg> ProgramWriter::argsOf(LaunchOp launch) {
  std::vector<artifact::Arg> args;
  for (Attribute arg : launch.getArgs())
    args.push_back(argOf(arg));
  return args;
}

//===----------------------------------------------------------------------===//
// What kernels reach
//===----------------------------------------------------------------------===//

/// A kernel as the launches of the program use it.
struct ProgramWriter::LaunchedKernel {
  std::vector<artifact::ArgKind> params;
  std::vector<artifact::KernelUseT> uses; // all different
};

static uint64_t elementBytes(Type type) { return type.isBF16() ? 2 : 4; }

static uint64_t keyBytes(graph::KvCacheOp cache) {
  return cache.getKeyDim() * cache.getDtype().getIntOrFloatBitWidth() / 8;
}
static uint64_t valueBytes(graph::KvCacheOp cache) {
  return cache.getHeadDim() * cache.getDtype().getIntOrFloatBitWidth() / 8;
}
static uint64_t scaleBytes(graph::KvCacheOp cache) {
  return cache.isQuantized() ? sizeof(float) : 0;
}

/// `begins`: of a buffer, whether no launch before had it.
artifact::Reach ProgramWriter::reachOf(Attribute arg, bool begins) {
  using artifact::Reach;
  const artifact::Extent none;
  auto numbered = [&](uint32_t index) { return Reach(0, none, index, false); };
  // `headBytes`: of a position and KV head.
  auto cacheReach = [&](FlatSymbolRefAttr name, auto headBytes) {
    graph::KvCacheOp cache =
        *llvm::find_if(module_.getOps<graph::KvCacheOp>(), [&](auto c) {
          return c.getSymName() == name.getValue();
        });
    uint64_t bytes = cache.getNumKvHeads() * headBytes(cache) *
                     only<ProgramOp>(module_).getPageSize();
    auto kind = cache.getWindow() ? artifact::CacheKind::window
                                  : artifact::CacheKind::pages;
    return Reach(bytes, none, static_cast<uint32_t>(kind), false);
  };
  return llvm::TypeSwitch<Attribute, Reach>(arg)
      .Case([&](WeightAttr a) {
        auto weight = SymbolTable::lookupNearestSymbolFrom<graph::WeightOp>(
            module_, a.getName());
        return Reach(packedBytes(weight.getWeightType()), none, 0, false);
      })
      .Case([&](BufferRefAttr a) {
        auto buffer =
            only<ProgramOp>(module_).lookupSymbol<BufferOp>(a.getName());
        return Reach(buffer.getCols() * elementBytes(buffer.getDtype()),
                     extentOf(buffer.getRows()), 0, begins);
      })
      .Case([&](CacheKeysAttr a) { return cacheReach(a.getName(), keyBytes); })
      .Case([&](CacheValuesAttr a) {
        return cacheReach(a.getName(), valueBytes);
      })
      .Case<CacheKeyScalesAttr, CacheValueScalesAttr>(
          [&](auto a) { return cacheReach(a.getName(), scaleBytes); })
      .Default([&](Attribute a) { return numbered(argOf(a).index()); });
}

artifact::KernelUseT ProgramWriter::useOf(LaunchOp launch,
                                          llvm::StringSet<> &begun) {
  artifact::KernelUseT use;
  use.grid_x = std::make_unique<artifact::Extent>(extentOf(launch.getGridX()));
  use.grid_y = std::make_unique<artifact::Extent>(extentOf(launch.getGridY()));
  for (Attribute arg : launch.getArgs()) {
    auto buffer = dyn_cast<BufferRefAttr>(arg);
    bool begins = buffer && begun.insert(buffer.getName().getValue()).second;
    use.reaches.push_back(reachOf(arg, begins));
    auto input = dyn_cast<InputAttr>(arg);
    if (input && input.getInput() == StepInput::TileFirstRows)
      use.query_tile = launch->getParentOfType<BucketOp>().getQueryTile();
  }
  return use;
}

/// Structs of a flatbuffer have no padding that is not zero.
template <typename T>
static bool isSame(const T &a, const T &b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

static bool areSame(const artifact::KernelUseT &a,
                    const artifact::KernelUseT &b) {
  return isSame(*a.grid_x, *b.grid_x) && isSame(*a.grid_y, *b.grid_y) &&
         a.query_tile == b.query_tile &&
         llvm::equal(a.reaches, b.reaches, isSame<artifact::Reach>);
}

std::vector<ProgramWriter::LaunchedKernel> ProgramWriter::launchedKernels() {
  std::vector<LaunchedKernel> kernels(kernels_.size());
  for (auto bucket : only<ProgramOp>(module_).getBody().getOps<BucketOp>()) {
    llvm::StringSet<> begun;
    for (auto launch : bucket.getBody().getOps<LaunchOp>()) {
      auto &kernel = kernels[kernels_.lookup(launch.getKernel())];
      kernel.params.clear();
      for (const artifact::Arg &arg : argsOf(launch))
        kernel.params.push_back(arg.kind());
      artifact::KernelUseT use = useOf(launch, begun);
      bool isKnown = llvm::any_of(
          kernel.uses, [&](const auto &known) { return areSame(known, use); });
      if (!isKnown)
        kernel.uses.push_back(std::move(use));
    }
  }
  return kernels;
}

/// Of kernel number `i`; null where nobody counted.
flatbuffers::Offset<artifact::Work>
ProgramWriter::workOf(std::optional<ArrayAttr> works, size_t i) {
  if (!works)
    return {};
  auto work = cast<WorkAttr>((*works)[i]);
  std::vector<uint64_t> loaded(work.getLoadedBytes().asArrayRef().begin(),
                               work.getLoadedBytes().asArrayRef().end());
  return artifact::CreateWork(
      b_, work.getInstructions(), work.getIntegers(), work.getSpecials(),
      work.getBarriers(), work.getMatrixProducts(), work.getSharedBytes(),
      work.getStoredBytes(), work.getBytesInFlight(), b_.CreateVector(loaded));
}

std::vector<flatbuffers::Offset<artifact::Kernel>>
ProgramWriter::writeKernels(CodeOp code) {
  std::vector<LaunchedKernel> launched = launchedKernels();
  for (auto generator : module_.getOps<GeneratorOp>()) {
    auto &kinds = launched[kernels_.lookup(generator.getKernel())].params;
    kinds.assign(1 + g4rt::kNumGeneratorNumbers, artifact::ArgKind::number);
    kinds[0] = artifact::ArgKind::weight;
  }
  std::vector<flatbuffers::Offset<artifact::Kernel>> kernels;
  auto registers = code.getRegisters(), spills = code.getSpillBytes();
  for (auto [i, symbol] : llvm::enumerate(code.getKernels())) {
    std::vector<flatbuffers::Offset<artifact::KernelUse>> uses;
    for (const artifact::KernelUseT &use : launched[i].uses)
      uses.push_back(artifact::CreateKernelUse(b_, &use));
    kernels.push_back(artifact::CreateKernel(
        b_, b_.CreateString(cast<StringAttr>(symbol).getValue().str()),
        code.getScratchBytes()[i], b_.CreateVector(launched[i].params),
        code.getThreads()[i], registers ? (*registers)[i] : 0,
        spills ? (*spills)[i] : 0, b_.CreateVector(uses),
        workOf(code.getWork(), i), workOf(code.getRound(), i)));
  }
  return kernels;
}

static artifact::DType dtypeNamed(StringRef name) {
  for (artifact::DType dtype : artifact::EnumValuesDType())
    if (name == artifact::EnumNameDType(dtype))
      return dtype;
  return artifact::DType::i32; // no weight's: the loader refuses it
}

std::vector<flatbuffers::Offset<artifact::Generator>>
ProgramWriter::writeGenerators() {
  std::vector<flatbuffers::Offset<artifact::Generator>> tables;
  for (auto generator : module_.getOps<GeneratorOp>())
    tables.push_back(
        artifact::CreateGenerator(b_, dtypeNamed(generator.getDtype()),
                                  b_.CreateString(generator.getPacking().str()),
                                  kernels_.lookup(generator.getKernel())));
  return tables;
}

flatbuffers::Offset<artifact::Bucket>
ProgramWriter::writeBucket(BucketOp bucket) {
  std::vector<flatbuffers::Offset<artifact::Launch>> launches;
  std::vector<flatbuffers::Offset<artifact::Tap>> taps;
  for (Operation &op : bucket.getBody().front()) {
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      auto gridX = extentOf(launch.getGridX());
      auto gridY = extentOf(launch.getGridY());
      launches.push_back(artifact::CreateLaunch(
          b_, kernels_.lookup(launch.getKernel()), &gridX, &gridY,
          b_.CreateVectorOfStructs(argsOf(launch)),
          b_.CreateString(launch.getLabel().str())));
    } else if (auto tap = dyn_cast<TapOp>(op); tap && !launches.empty()) {
      taps.push_back(artifact::CreateTap(
          b_, b_.CreateString(tap.getName().str()), launches.size() - 1,
          buffers_.lookup(tap.getBuffer())));
    }
  }
  return artifact::CreateBucket(
      b_, bucket.getMaxTokens(), bucket.getQueryTile(),
      b_.CreateVector(launches), b_.CreateVector(taps));
}

flatbuffers::Offset<artifact::Program> ProgramWriter::writeProgram() {
  auto program = only<ProgramOp>(module_);
  std::vector<flatbuffers::Offset<artifact::Buffer>> buffers;
  uint32_t numStorages = 0;
  for (auto buffer : program.getBody().getOps<BufferOp>()) {
    auto rows = extentOf(buffer.getRows());
    buffers.push_back(artifact::CreateBuffer(
        b_, b_.CreateString(buffer.getSymName().str()),
        dtypeOf(buffer.getDtype()), &rows, buffer.getCols(),
        buffer.getStorage(), buffer.getPersistent()));
    numStorages = std::max<uint32_t>(numStorages, buffer.getStorage() + 1);
  }
  std::vector<flatbuffers::Offset<artifact::Cache>> caches;
  for (auto cache : module_.getOps<graph::KvCacheOp>())
    caches.push_back(artifact::CreateCache(
        b_, b_.CreateString(cache.getSymName().str()),
        cache.getWindow() ? artifact::CacheKind::window
                          : artifact::CacheKind::pages,
        cache.getWindow(), cache.getNumKvHeads(), cache.getHeadDim(),
        dtypeOf(cache.getDtype()), program.getPageSize(),
        cache.getRotatedPairs() ? cache.getKeyDim() : 0));
  std::vector<flatbuffers::Offset<artifact::Bucket>> buckets;
  for (auto bucket : program.getBody().getOps<BucketOp>())
    buckets.push_back(writeBucket(bucket));
  std::optional<artifact::Candidates> candidates;
  if (program.getCandidateValues())
    candidates.emplace(buffers_.lookup(*program.getCandidateValues()),
                       buffers_.lookup(*program.getCandidateIds()));
  return artifact::CreateProgram(
      b_, b_.CreateVector(buffers), numStorages, b_.CreateVector(caches),
      b_.CreateVector(buckets), buffers_.lookup(program.getLogits()),
      candidates ? &*candidates : nullptr);
}

} // namespace g4
