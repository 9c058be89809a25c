//===- KernelCase.cpp - One kernel with its inputs, run in several ways ---===//

#include "test/codegen/KernelCase.h"

#include "codegen/cpu/CpuCompiler.h"
#include "codegen/cpu/CpuLowering.h"
#include "codegen/emulator/Emulate.h"
#include "codegen/emulator/Emulator.h"
#include "compiler/quantize/PanelWriter.h"
#include "runtime/base/Bf16.h"

#include "gtest/gtest.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

#include "test/codegen/PlainIntrinsics.h"

namespace g4 {

using namespace mlir;

std::unique_ptr<MLIRContext> makeKernelContext() {
  auto context = std::make_unique<MLIRContext>();
  context->loadDialect<tile::G4TDialect, graph::G4Dialect, func::FuncDialect,
                       LLVM::LLVMDialect, vector::VectorDialect,
                       gpu::GPUDialect, NVVM::NVVMDialect>();
  return context;
}

static double roundTo(Element element, double value) {
  if (element == Element::BF16)
    return g4rt::fromBf16(g4rt::toBf16(static_cast<float>(value)));
  return element == Element::F32 ? static_cast<float>(value) : value;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

CaseParam CaseNumbers::uniform(int64_t count, double low, double high,
                               Element element) {
  CaseParam param{element, std::vector<double>(count), {}};
  for (double &x : param.content)
    x = roundTo(element, draw(low, high));
  return param;
}

/// Memory of a weight with these bytes.
static CaseParam weightParam(const artifact::WeightFormat &format,
                             std::vector<std::byte> bytes) {
  Element element = format.name == "f32"    ? Element::F32
                    : format.name == "bf16" ? Element::BF16
                                            : Element::U8;
  auto count = static_cast<int64_t>(bytes.size()) / sizeOf(element);
  HostArray array{element, bytes.data(), count};
  CaseParam param{element, {}, {}};
  for (int64_t i = 0; i < count; ++i)
    param.content.push_back(array.read(i));
  return param;
}

CaseParam CaseNumbers::weight(quant::WeightType type, double scale) {
  artifact::PackedMatrix matrix = type.getMatrix();
  PanelWriter writer(matrix);
  std::vector<std::byte> bytes(type.getNumMatrices() * matrix.numBytes());
  lastWeight_.clear();
  std::vector<float> row(matrix.numCols);
  EncodedRow encoded;
  auto panels = std::span(bytes);
  for (int64_t e = 0; e < type.getNumMatrices(); ++e)
    for (int64_t n = 0; n < matrix.paddedRows(); ++n) {
      int64_t inPanel = n % writer.numRows();
      auto panel = panels.first(writer.numBytes());
      if (inPanel == writer.numRows() - 1)
        panels = panels.subspan(writer.numBytes());
      if (n >= matrix.numRows) {
        writer.putPadding(inPanel, panel);
        continue;
      }
      for (float &x : row)
        x = static_cast<float>(draw(-scale, scale));
      encodeRow(*matrix.format, row, encoded);
      writer.put(inPanel, encoded, panel);
      decodeRow(*matrix.format, encoded, row);
      lastWeight_.insert(lastWeight_.end(), row.begin(), row.end());
    }
  return weightParam(*matrix.format, std::move(bytes));
}

CaseParam CaseNumbers::zeros(int64_t count, Element element) {
  return {element, std::vector<double>(count), {}};
}

CaseParam CaseNumbers::words(std::vector<double> values) {
  return {Element::I32, std::move(values), {}};
}

CaseParam CaseNumbers::number(int64_t value) {
  return {Element::I32, {}, value};
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

namespace {
/// The memory of one run.
class CaseMemory {
public:
  explicit CaseMemory(const KernelCase &kernelCase) {
    for (const CaseParam &param : kernelCase.params) {
      buffers_.emplace_back(param.element, param.content.size());
      for (size_t i = 0; i < param.content.size(); ++i)
        buffers_.back().array().write(i, param.content[i]);
      numbers_.push_back(param.number);
    }
  }
  std::vector<KernelArgument> arguments() const {
    std::vector<KernelArgument> result;
    for (size_t i = 0; i < buffers_.size(); ++i)
      result.push_back(numbers_[i] ? KernelArgument(*numbers_[i])
                                   : KernelArgument(buffers_[i].array()));
    return result;
  }
  /// What a kernel may touch, by rising address.
  std::vector<MemoryRange> ranges() const {
    std::vector<MemoryRange> result;
    for (const KernelArgument &argument : arguments())
      if (auto *array = std::get_if<HostArray>(&argument)) {
        auto begin = reinterpret_cast<uint64_t>(array->data);
        result.push_back(
            {begin, begin + array->numElements * sizeOf(array->element)});
      }
    std::sort(result.begin(), result.end(),
              [](auto &a, auto &b) { return a.begin < b.begin; });
    return result;
  }
  CaseResult content() const {
    CaseResult result;
    for (const HostBuffer &buffer : buffers_) {
      result.emplace_back(buffer.array().numElements);
      for (size_t i = 0; i < result.back().size(); ++i)
        result.back()[i] = buffer.array().read(i);
    }
    return result;
  }

private:
  std::vector<HostBuffer> buffers_;
  std::vector<std::optional<int64_t>> numbers_;
};
} // namespace

CaseResult runInterpreted(const KernelCase &kernelCase, Precision precision) {
  auto context = makeKernelContext();
  OpBuilder b(context.get());
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
  b.setInsertionPointToEnd(module->getBody());
  tile::KernelOp kernel = kernelCase.build(b);
  EXPECT_TRUE(succeeded(module->verify())) << kernelCase.name;
  CaseMemory memory(kernelCase);
  llvm::Error error =
      interpretKernel(kernel, memory.arguments(), kernelCase.grid, precision);
  EXPECT_FALSE(error) << kernelCase.name << ": "
                      << llvm::toString(std::move(error));
  return memory.content();
}

//===----------------------------------------------------------------------===//
// Compiled code
//===----------------------------------------------------------------------===//

static std::vector<uint64_t> slotsOf(const CaseMemory &memory) {
  std::vector<uint64_t> slots;
  for (const KernelArgument &argument : memory.arguments()) {
    if (auto *number = std::get_if<int64_t>(&argument))
      slots.push_back(*number);
    else
      slots.push_back(
          reinterpret_cast<uint64_t>(std::get<HostArray>(argument).data));
  }
  return slots;
}

/// A module of host functions, compiled and loaded into this process.
static std::unique_ptr<llvm::orc::LLJIT> load(ModuleOp module,
                                              const CpuTarget &target) {
  if (failed(lowerCpuModuleToLlvm(module, target)))
    return nullptr;
  std::string object = llvm::cantFail(compileToObject(module, target));
  llvm::InitializeNativeTarget();
  auto jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  llvm::orc::SymbolMap symbols;
  for (const EmulatorSymbol &symbol : emulatorSymbols())
    symbols[jit->mangleAndIntern(symbol.name)] = {
        llvm::orc::ExecutorAddr::fromPtr(symbol.address),
        llvm::JITSymbolFlags::Exported};
  llvm::cantFail(
      jit->getMainJITDylib().define(llvm::orc::absoluteSymbols(symbols)));
  llvm::cantFail(jit->addObjectFile(
      llvm::MemoryBuffer::getMemBufferCopy(object, "kernels")));
  return jit;
}

namespace {
/// A kernel in a module of its own.
struct BuiltKernel {
  explicit BuiltKernel(const KernelCase &kernelCase)
      : context(makeKernelContext()), b(context.get()),
        source(ModuleOp::create(b.getUnknownLoc())),
        host(ModuleOp::create(b.getUnknownLoc())) {
    b.setInsertionPointToEnd(source->getBody());
    kernel = kernelCase.build(b);
    EXPECT_TRUE(succeeded(source->verify())) << kernelCase.name;
  }
  std::unique_ptr<MLIRContext> context;
  OpBuilder b;
  OwningOpRef<ModuleOp> source, host;
  tile::KernelOp kernel;
};
} // namespace

CaseResult runOnCpu(const KernelCase &kernelCase, const CpuTarget &target) {
  using CpuKernel = void (*)(const uint64_t *, int64_t, int64_t, void *);
  BuiltKernel built(kernelCase);
  built.b.setInsertionPointToEnd(built.host->getBody());
  FailureOr<CpuFunction> function =
      lowerKernelToCpu(built.kernel, target, built.b);
  // The most demanding targets come first. What the machine cannot run is run
  // as plain code that does the same.
  bool isPlain = &target < nativeCpuTarget();
  bool isWrong =
      failed(function) || (isPlain && failed(replaceAvx512(*built.host)));
  auto jit = isWrong ? nullptr
                     : load(*built.host, isPlain ? *nativeCpuTarget() : target);
  if (!jit) {
    ADD_FAILURE() << kernelCase.name << ": no CPU code";
    return {};
  }
  auto symbol = llvm::cantFail(jit->lookup(built.kernel.getSymName()));
  CaseMemory memory(kernelCase);
  std::vector<uint64_t> slots = slotsOf(memory);
  // Scratch begins as NaN.
  std::vector<char> storage(function->scratchBytes + 256, char(0xff));
  auto scratch = (reinterpret_cast<uintptr_t>(storage.data()) + 127) & ~127ull;
  for (int64_t y = 0; y < kernelCase.grid.y; ++y)
    for (int64_t x = 0; x < kernelCase.grid.x; ++x)
      symbol.toPtr<CpuKernel>()(slots.data(), x, y,
                                reinterpret_cast<void *>(scratch));
  return memory.content();
}

/// What is said of ops while `run` runs.
static std::string diagnosticsOf(MLIRContext *context,
                                 llvm::function_ref<void()> run) {
  std::string text;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    text += diagnostic.str() + "\n";
  });
  run();
  return text;
}

static CaseResult emulated(const KernelCase &kernelCase, GpuVendor vendor,
                           int warpSize, const MatrixIntrinsic *intrinsic,
                           uint32_t seed, std::string *problem) {
  BuiltKernel built(kernelCase);
  built.b.setInsertionPointToEnd(built.source->getBody());
  auto gpuModule =
      gpu::GPUModuleOp::create(built.b, built.b.getUnknownLoc(), "kernels");
  auto lowered = lowerKernelToGpu(built.kernel, vendor, warpSize, gpuModule);
  if (kernelCase.changeCode)
    kernelCase.changeCode(gpuModule);
  int64_t scratchBytes = 0;
  for (auto function : gpuModule.getOps<gpu::GPUFuncOp>())
    if (auto bytes = function->getAttrOfType<IntegerAttr>(kScratchBytes))
      scratchBytes = bytes.getInt(); // none where lowering failed
  const CpuTarget &host = *nativeCpuTarget();
  LogicalResult known = failure();
  std::string refusal = diagnosticsOf(built.context.get(), [&] {
    if (succeeded(lowered))
      known = emulateOnHost(gpuModule, *built.host, intrinsic);
  });
  if (problem && succeeded(lowered) && failed(known)) {
    *problem = refusal;
    return {};
  }
  if (failed(lowered) || failed(known)) {
    ADD_FAILURE() << kernelCase.name << ": no GPU code\n" << refusal;
    return {};
  }
  auto jit = load(*built.host, host);
  if (!jit) {
    ADD_FAILURE() << kernelCase.name << ": no host code of the GPU code";
    return {};
  }
  auto symbol = llvm::cantFail(jit->lookup(built.kernel.getSymName()));
  EmulatedKernel kernel{.function = symbol.toPtr<EmulatedFunction>(),
                        .numThreads = int(built.kernel.getThreads()),
                        .warpSize = warpSize,
                        .scratchBytes = size_t(scratchBytes)};
  CaseMemory memory(kernelCase);
  std::vector<MemoryRange> ranges = memory.ranges();
  std::string found =
      emulate(kernel, slotsOf(memory), {kernelCase.grid.x, kernelCase.grid.y},
              {.seed = seed, .memory = ranges});
  if (problem)
    *problem = found;
  else
    EXPECT_EQ(found, "") << kernelCase.name;
  return memory.content();
}

CaseResult runEmulated(const KernelCase &kernelCase, GpuVendor vendor,
                       int warpSize, uint32_t seed, std::string *problem) {
  return emulated(kernelCase, vendor, warpSize, nullptr, seed, problem);
}

CaseResult runEmulated(const KernelCase &kernelCase,
                       const MatrixIntrinsic &intrinsic, uint32_t seed,
                       std::string *problem) {
  bool isAmd = llvm::StringRef(intrinsic.llvmName).contains(".amdgcn.");
  return emulated(kernelCase, isAmd ? GpuVendor::Amd : GpuVendor::Nvidia,
                  static_cast<int>(intrinsic.numLanes()), &intrinsic, seed,
                  problem);
}

double largestError(const CaseResult &a, const CaseResult &b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a.size() != b.size())
    return kInfinity;
  double largest = 0;
  for (size_t p = 0; p < a.size(); ++p) {
    double size = 1e-30, difference = 0;
    for (size_t i = 0; i < a[p].size(); ++i) {
      if (std::isfinite(a[p][i]) != std::isfinite(b[p][i]))
        return kInfinity;
      if (!std::isfinite(a[p][i]))
        continue;
      size = std::max(size, std::abs(a[p][i]));
      difference = std::max(difference, std::abs(a[p][i] - b[p][i]));
    }
    largest = std::max(largest, difference / size);
  }
  return largest;
}

} // namespace g4
