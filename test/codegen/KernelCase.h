//===- KernelCase.h - One kernel, run in several ways -----------*- C++ -*-===//
//
// A case is a kernel of compiler/tile/kernels with numbers for its parameters.
// It is run by the interpreter (its meaning), as compiled code on this CPU, and
// in the GPU emulator, each on fresh memory; what they leave in memory is
// compared.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_CODEGEN_KERNELCASE_H
#define G4_TEST_CODEGEN_KERNELCASE_H

#include "codegen/cpu/CpuTarget.h"
#include "codegen/gpu/GpuLowering.h"
#include "compiler/interpret/TileInterpreter.h"
#include "compiler/tile/kernels/Kernels.h"

#include <functional>
#include <random>

namespace g4 {

/// A parameter: memory with its content before the run, or a number.
struct CaseParam {
  Element element = Element::F32;
  std::vector<double> content;
  std::optional<int64_t> number;
};

/// What the memory parameters hold after a run, in order.
using CaseResult = std::vector<std::vector<double>>;

struct KernelCase {
  std::string name;
  std::function<tile::KernelOp(mlir::OpBuilder &)> build;
  std::vector<CaseParam> params;
  GridSize grid;
  /// Changes the lowered code before the emulator gets it: mistakes.
  std::function<void(mlir::gpu::GPUModuleOp module)> changeCode = {};
};

/// A context with the dialects of kernels loaded.
std::unique_ptr<mlir::MLIRContext> makeKernelContext();

CaseResult runInterpreted(const KernelCase &kernelCase, Precision precision);
/// Code of a target that this machine is not runs with plain arithmetic in
/// place of instructions that it lacks (PlainIntrinsics.h).
CaseResult runOnCpu(const KernelCase &kernelCase, const CpuTarget &target);
/// Fails the test if the emulator reports a problem, unless `problem` takes it.
CaseResult runEmulated(const KernelCase &kernelCase, GpuVendor vendor,
                       int warpSize, uint32_t seed,
                       std::string *problem = nullptr);

/// The same on a GPU that has this intrinsic, with warps of its lanes.
CaseResult runEmulated(const KernelCase &kernelCase,
                       const MatrixIntrinsic &intrinsic, uint32_t seed,
                       std::string *problem = nullptr);

/// The largest max |a - b| / max |a| of a parameter; infinity if a number is
/// not finite in one of them only.
double largestError(const CaseResult &a, const CaseResult &b);

/// Numbers for parameters.
class CaseNumbers {
public:
  explicit CaseNumbers(uint32_t seed) : generator_(seed) {}

  CaseParam uniform(int64_t count, double low, double high,
                    Element element = Element::F32);
  /// Packs a row-major [.., N, K] matrix of uniform numbers, rounded to what
  /// the format can store.
  CaseParam weight(quant::WeightType type, double scale);
  static CaseParam zeros(int64_t count, Element element = Element::F32);
  static CaseParam words(std::vector<double> values);
  static CaseParam number(int64_t value);
  /// The elements of the last weight() before packing.
  const std::vector<double> &lastWeight() const { return lastWeight_; }

private:
  double draw(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(generator_);
  }
  std::mt19937 generator_;
  std::vector<double> lastWeight_;
};

} // namespace g4

#endif // G4_TEST_CODEGEN_KERNELCASE_H
