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

def Bf16AsBitsPass : Pass<"g4-bf16-as-bits"> {
  let summary = "Write values of bf16, which are only moved, as i16";
  let description = [{
    Machines without instructions for bf16 then need no function of LLVM's
    library for vectors of odd lengths.

    Example: test/codegen/common/g4-bf16-as-bits.mlir
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

#endif // G4_CODEGEN_COMMON_PASSES_TD
