// The norm+linear and attention kernels as code for NVIDIA and AMD, made
// without a device: assembled, without spills, with the instructions they are
// meant for.

#include "codegen/cuda/AssemblerLog.h"
#include "codegen/cuda/PtxCompiler.h"
#include "codegen/hip/HsacoCompiler.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"

#include "test/codegen/AttentionCase.h"
#include "test/codegen/TensorCoreCase.h"

namespace g4 {
namespace {

using namespace mlir;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

using Build = std::function<tile::KernelOp(OpBuilder &)>;

Build tensorCoreLinear(TensorCoreLinear linear, TensorCoreChoice choice) {
  return [=](OpBuilder &b) {
    MLIRContext *context = b.getContext();
    return buildLinear(b, b.getUnknownLoc(), "linear",
                       specOf(linear, choice, context),
                       configOf(linear, choice, context));
  };
}

Build registerLinear(bool bf16) {
  return [bf16](OpBuilder &b) {
    MLIRContext *context = b.getContext();
    auto format = quant::FormatAttr::get(
        context, bf16 ? Type(b.getBF16Type()) : Type(b.getF32Type()), 0,
        Type());
    auto panel = quant::LayoutAttr::get(context, kPanelRows, bf16 ? 2 : 1);
    LinearSpec spec{
        .weight = quant::WeightType::get(context, {4096, 2816}, format, panel),
        .inputCols = 2816,
        .outputCols = 4096,
        .hasNorm = true,
        .epsilon = 1e-6};
    LinearConfig config{
        .tile = {.layout = tile::BlockedAttr::get(context, 1, 128, 4),
                 .threads = 128,
                 .colBlock = 512},
        .rowTile = 1,
        .colTile = 512};
    return buildLinear(b, b.getUnknownLoc(), "norm_linear", spec, config);
  };
}

Build decodeAttention(bool global) {
  return [global](OpBuilder &b) {
    AttentionStep step{
        {{64, 1}},         16,  global ? 2 : 8, global ? 512 : 256, 32,
        global ? 0 : 1024, true};
    AttentionConfig config{
        .queryTile = 1, .headTile = global ? 8 : 2, .valueTile = 64};
    auto setTile = [](MLIRContext *context, AttentionConfig &c) {
      c.tile = {.layout = tile::BlockedAttr::get(context, c.headTile, 32, 1),
                .threads = 32 * c.headTile,
                .colBlock = 64};
    };
    return makeAttentionCase(step, config, 1, setTile).build(b);
  };
}

/// 26B-A4B's layers.
Build chunkedAttention(bool global, bool bf16,
                       const GpuAttentionChoice &choice) {
  return [=](OpBuilder &b) {
    AttentionStep step{
        {{64, 1}},         16,  global ? 2 : 8, global ? 512 : 256, 64,
        global ? 0 : 1024, bf16};
    return makeChunkedCase(step, choice, 1).build(b);
  };
}

const GpuAttentionChoice kDecode{.queryTile = 1,
                                 .splits = 16,
                                 .partialTiles = 8,
                                 .maxScoreRows = 16,
                                 .scratchBytes = int64_t{163} << 10};
const GpuAttentionChoice kPrefill{
    .queryTile = 16, .maxScoreRows = 32, .scratchBytes = int64_t{163} << 10};

Build splitRouter(RouterConfig config) {
  return [config](OpBuilder &b) mutable {
    MLIRContext *context = b.getContext();
    auto format = quant::FormatAttr::get(context, b.getF32Type(), 0, Type());
    RouterSpec spec{
        .proj = quant::WeightType::get(context, {128, 2816}, format,
                                       quant::LayoutAttr::get(context, 0, 1)),
        .topK = 8,
        .factor = 1,
        .epsilon = 1e-6};
    config.tile = {.layout = tile::BlockedAttr::get(context, 8, 32, 4),
                   .threads = 256,
                   .colBlock = 128};
    return buildRouter(b, b.getUnknownLoc(), "router", spec, config);
  };
}

/// A GPU module with the kernel, in a context of its own.
struct LoweredKernel {
  LoweredKernel(const Build &build, GpuVendor vendor, int64_t warpSize)
      : context(makeKernelContext()) {
    context->loadDialect<ROCDL::ROCDLDialect>();
    OpBuilder b(context.get());
    source = ModuleOp::create(b.getUnknownLoc());
    b.setInsertionPointToEnd(source->getBody());
    tile::KernelOp kernel = build(b);
    module = gpu::GPUModuleOp::create(b, b.getUnknownLoc(), "kernels");
    EXPECT_TRUE(succeeded(lowerKernelToGpu(kernel, vendor, warpSize, module)));
  }
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> source;
  gpu::GPUModuleOp module;
};

/// Assembles PTX; every kernel must do without local memory.
void expectNoSpills(const std::string &ptx, const NvidiaTarget &target,
                    int64_t maxRegisters) {
  auto cubin = assemblePtx(ptx, target);
  ASSERT_TRUE(bool(cubin)) << llvm::toString(cubin.takeError());
  EXPECT_THAT(cubin->binary, testing::StartsWith("\x7f"
                                                 "ELF"));
  auto kernels = parseAssemblerLog(cubin->log);
  EXPECT_FALSE(kernels.empty());
  for (const auto &kernel : kernels) {
    EXPECT_GT(kernel.second.registers, 0) << kernel.first().str();
    EXPECT_LE(kernel.second.registers, maxRegisters) << kernel.first().str();
    EXPECT_EQ(kernel.second.spillBytes, 0) << kernel.first().str();
    EXPECT_EQ(kernel.second.stackBytes, 0) << kernel.first().str();
  }
}

/// PTX for the target; assembled where this build can, without spills.
std::string ptxOf(const Build &build, const char *name,
                  int64_t maxRegisters = 255) {
  const NvidiaTarget &target = *findNvidiaTarget(name);
  LoweredKernel kernel(build, GpuVendor::Nvidia, 32);
  auto ptx = compileToPtx(kernel.module, target);
  if (!ptx) {
    ADD_FAILURE() << llvm::toString(ptx.takeError());
    return {};
  }
  if (canAssemblePtx())
    expectNoSpills(*ptx, target, maxRegisters);
  return *ptx;
}

class NvidiaCode : public testing::TestWithParam<const char *> {};

// The linears of the 26B model with the most registers.
const TensorCoreLinear kQkv{1, 2816, 8192, true};
const TensorCoreLinear kGateUp{1, 2816, 2112, true, graph::Epilogue::GeluGated};
const TensorCoreLinear kExpertDown{1,  704, 2816, false, graph::Epilogue::None,
                                   {}, 128, 8,    {0},   true};

TEST_P(NvidiaCode, FewRowsReadTheWeightStraightIntoTheTensorCores) {
  for (auto [linear, rowTile] :
       {std::pair(kQkv, 8), {kGateUp, 8}, {kExpertDown, 1}}) {
    std::string ptx = ptxOf(tensorCoreLinear(linear, {rowTile}), GetParam());
    EXPECT_THAT(ptx, HasSubstr("mma.sync.aligned.m16n8k16.row.col.f32.bf16"));
    EXPECT_THAT(ptx, HasSubstr("ld.global.nc.v4"));
    EXPECT_THAT(ptx, HasSubstr("ldmatrix.sync.aligned.m8n8.x4"));
    EXPECT_THAT(ptx, Not(HasSubstr("cp.async.cg")));
    EXPECT_THAT(ptx, Not(HasSubstr(".local")));
  }
}

// Of some lanes of a warp an mma means nothing: none may move past a bound.
TEST_P(NvidiaCode, EveryMmaIsOneOfAllLanes) {
  LoweredKernel kernel(tensorCoreLinear(kExpertDown, {1}), GpuVendor::Nvidia,
                       32);
  auto device = lowerToDevice(kernel.module, *findNvidiaTarget(GetParam()));
  ASSERT_TRUE(bool(device)) << llvm::toString(device.takeError());
  optimizeForPtx(*device);
  ASSERT_TRUE(bool(printPtx(*device)));
  int64_t number = 0;
  for (const llvm::Function &function : *device->module)
    for (const llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction);
          call && call->getCalledFunction()->getName().contains("nvvm.mma")) {
        EXPECT_TRUE(call->isConvergent());
        ++number;
      }
  EXPECT_GT(number, 0);
}

TEST_P(NvidiaCode, ManyRowsStageTheWeightByAsyncCopies) {
  for (auto [linear, choice] : {std::pair(kQkv, TensorCoreChoice{32}),
                                {kQkv, {64}},
                                {kGateUp, {64}},
                                {kExpertDown, {32, true}}}) {
    std::string ptx = ptxOf(tensorCoreLinear(linear, choice), GetParam());
    EXPECT_THAT(ptx, HasSubstr("mma.sync.aligned.m16n8k16.row.col.f32.bf16"));
    EXPECT_THAT(ptx, HasSubstr("ldmatrix.sync.aligned.m8n8.x4"));
    EXPECT_THAT(ptx, HasSubstr("cp.async.cg.shared.global"));
    EXPECT_THAT(ptx, HasSubstr("ld.shared.v4"));
    EXPECT_THAT(ptx, Not(HasSubstr(".local")));
  }
}

TEST_P(NvidiaCode, RegisterLinearReadsSixteenBytesAtOnce) {
  for (bool bf16 : {false, true}) {
    std::string ptx = ptxOf(registerLinear(bf16), GetParam());
    // Blackwell's pairs of f32 are registers of 64 bits.
    EXPECT_THAT(ptx, testing::AnyOf(HasSubstr("ld.global.v4.b32"),
                                    HasSubstr("ld.global.v2.b64")));
    EXPECT_THAT(ptx, Not(HasSubstr(".local")));
  }
}

TEST_P(NvidiaCode, AttentionAssembles) {
  for (bool global : {false, true}) {
    std::string ptx = ptxOf(decodeAttention(global), GetParam());
    EXPECT_THAT(ptx, HasSubstr("shfl.sync.bfly"));
    EXPECT_THAT(ptx, Not(HasSubstr(".local")));
  }
}

TEST_P(NvidiaCode, ChunkedAttentionUsesMmaAndAsyncCopies) {
  for (bool global : {false, true})
    for (const GpuAttentionChoice &choice : {kDecode, kPrefill}) {
      std::string ptx =
          ptxOf(chunkedAttention(global, /*bf16=*/true, choice), GetParam());
      EXPECT_THAT(ptx, HasSubstr("mma.sync.aligned.m16n8k16.row.col.f32.bf16"));
      EXPECT_THAT(ptx, HasSubstr("ldmatrix.sync.aligned.m8n8.x4.shared"));
      // Four matrices at a time where a warp has an even number of columns.
      EXPECT_THAT(
          ptx, AnyOf(HasSubstr("ldmatrix.sync.aligned.m8n8.x2.trans.shared"),
                     HasSubstr("ldmatrix.sync.aligned.m8n8.x4.trans.shared")));
      EXPECT_THAT(ptx, HasSubstr("cp.async.cg.shared.global"));
      EXPECT_THAT(ptx, Not(HasSubstr(".local")));
      if (choice.splits > 0) {
        EXPECT_THAT(ptx, HasSubstr("atom.add.acq_rel.gpu.global.u32"));
        // From sm_100 on in words of 8 bytes.
        EXPECT_THAT(ptx, AnyOf(HasSubstr("ld.global.v4.b32"),
                               HasSubstr("ld.global.v2.b64")));
      }
    }
}

TEST_P(NvidiaCode, ChunkedAttentionInF32DoesNotSpill) {
  for (const GpuAttentionChoice &choice : {kDecode, kPrefill})
    EXPECT_THAT(
        ptxOf(chunkedAttention(/*global=*/false, /*bf16=*/false, choice),
              GetParam()),
        Not(HasSubstr(".local")));
}

// Two blocks of the form for many rows are on an SM at once; not on sm120,
// whose assembler takes more than 128 registers.
TEST_P(NvidiaCode, RouterReadsSixteenBytesAndCountsItems) {
  RouterConfig oneRow{.expertTile = 8, .blocksAtOnce = 11};
  RouterConfig rows{.expertTile = 16, .rowTile = 4, .blocksAtOnce = 2};
  bool hasTwo = GetParam() != std::string("sm120");
  for (const auto &[config, maxRegisters] :
       {std::pair(oneRow, 255), std::pair(rows, hasTwo ? 128 : 255)}) {
    std::string ptx = ptxOf(splitRouter(config), GetParam(), maxRegisters);
    // From sm_100 on in words of 8 bytes.
    EXPECT_THAT(ptx, AnyOf(HasSubstr("ld.global.v4.b32"),
                           HasSubstr("ld.global.v2.b64")));
    EXPECT_THAT(ptx, HasSubstr("atom.add.acq_rel.gpu.global.u32"));
    EXPECT_THAT(ptx, Not(HasSubstr(".local")));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, NvidiaCode,
                         testing::Values("sm80", "sm89", "sm90", "sm100",
                                         "sm120"));

TEST(AmdCode, KernelsBecomeCodeObjects) {
  for (const Build &build : {registerLinear(false), registerLinear(true),
                             decodeAttention(false), decodeAttention(true)}) {
    const AmdTarget &target = allAmdTargets()[0];
    LoweredKernel kernel(build, GpuVendor::Amd, target.warpSize);
    auto object = compileToHsaco(kernel.module, target);
    ASSERT_TRUE(bool(object)) << llvm::toString(object.takeError());
    EXPECT_EQ(object->substr(0, 4), "\x7f"
                                    "ELF");
    LoweredKernel again(build, GpuVendor::Amd, target.warpSize);
    auto assembly = compileToGcn(again.module, target);
    ASSERT_TRUE(bool(assembly)) << llvm::toString(assembly.takeError());
    EXPECT_THAT(*assembly, HasSubstr("global_load_dword"));
    EXPECT_THAT(*assembly, HasSubstr(".private_segment_fixed_size: 0"));
  }
}

} // namespace
} // namespace g4
