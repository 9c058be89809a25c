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

#endif // G4_COMPILER_PLAN_PASSES_TD
