#ifndef G4_COMPILER_TILE_PASSES_TD
#define G4_COMPILER_TILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def SplitTargetsPass : Pass<"g4-split-targets", "mlir::ModuleOp"> {
  let summary = "One copy of the model for each target";
  let description = [{
    The attribute `g4t.targets` of the module lists the targets. Everything in the
    module moves into one nested module a target, named after it, with the
    attribute `g4t.target`.

    Example: test/compiler/tile/g4-split-targets.mlir
  }];
  let dependentDialects = ["g4::tile::G4TDialect"];
}

def TilePass : Pass<"g4-tile", "mlir::ModuleOp"> {
  let summary = "Each fused op becomes a kernel and a dispatch of it";
  let description = [{
    Works on modules with the attribute `g4t.target`. Layouts of weights are
    chosen, kernels built for each bucket of step sizes, ops replaced by
    g4x.dispatch. An op that has no kernel is an error.

    Example: test/compiler/tile/g4-tile.mlir
  }];
  let dependentDialects = ["g4::tile::G4TDialect", "g4::exec::G4XDialect",
                           "g4::graph::G4Dialect"];
}

#endif // G4_COMPILER_TILE_PASSES_TD
