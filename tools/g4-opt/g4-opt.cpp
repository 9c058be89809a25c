//===- g4-opt.cpp - Run passes on .mlir files, for tests and debugging ----===//

#include "codegen/common/Passes.h"
#include "compiler/fuse/Passes.h"
#include "compiler/plan/Passes.h"
#include "compiler/quantize/Passes.h"
#include "compiler/tile/Passes.h"
#include "dialects/exec/Exec.h"
#include "dialects/graph/Graph.h"
#include "dialects/tile/Tile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<g4::graph::G4Dialect, g4::quant::G4QDialect,
                  g4::tile::G4TDialect, g4::exec::G4XDialect,
                  mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::math::MathDialect, mlir::memref::MemRefDialect,
                  mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
  mlir::registerTransformsPasses();
  g4::registerG4CodegenCommonPasses();
  g4::registerG4FusePasses();
  g4::registerG4PlanPasses();
  g4::registerG4QuantizePasses();
  g4::registerG4TilePasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "g4-opt\n", registry));
}
