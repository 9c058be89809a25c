#ifndef G4_CODEGEN_COMMON_PASSES_TD
#define G4_CODEGEN_COMMON_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMathPass : Pass<"g4-expand-math"> {
  let summary = "Write exp, tanh, sin, cos, rsqrt, max and min of f32 as arithmetic";
  let description = [{
    No target needs a math library then, and all targets compute the same
    function: docs/numerics.md has the polynomials and their errors.

    Example: test/codegen/common/g4-expand-math.mlir
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect"];
}

#endif // G4_CODEGEN_COMMON_PASSES_TD
