#ifndef G4_COMPILER_PLAN_PASSES_TD
#define G4_COMPILER_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def PlanPass : Pass<"g4-plan", "mlir::ModuleOp"> {
  let summary = "Dispatches become the launches of a g4x.program, with buffers";
  let description = [{
    Works on modules with the attribute `g4t.target`. Each result of a dispatch
    gets a buffer; buffers that are never alive together share a storage.

    Example: test/compiler/plan/g4-plan.mlir
  }];
  let dependentDialects = ["g4::exec::G4XDialect"];
}

def OrderDispatchesPass : Pass<"g4-order-dispatches", "mlir::ModuleOp"> {
  let summary = "Dispatches that need nothing of each other become neighbours";
  let description = [{
    On modules of GPUs, before g4-plan: dispatches are sorted by their depth.

    Example: test/compiler/plan/g4-order-dispatches.mlir
  }];
}

def MergeLaunchesPass : Pass<"g4-merge-launches", "mlir::ModuleOp"> {
  let summary = "Two launches side by side become one";
  let description = [{
    On modules of GPUs, after g4-plan: neighbours that need nothing of each other
    become one launch whose items are those of both.

    Example: test/compiler/plan/g4-merge-launches.mlir
  }];
  let dependentDialects = ["g4::tile::G4TDialect", "g4::exec::G4XDialect"];
}

#endif // G4_COMPILER_PLAN_PASSES_TD
