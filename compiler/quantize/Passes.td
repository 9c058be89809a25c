#ifndef G4_COMPILER_QUANTIZE_PASSES_TD
#define G4_COMPILER_QUANTIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def QuantizeWeightsPass : Pass<"g4-quantize-weights", "mlir::ModuleOp"> {
  let summary = "Choose how each weight and cache is stored";
  let description = [{
    The policy that the option names says the format of each class of weights;
    norms, scales and the router stay f32, and rows that are no whole groups of
    their format bf16. A table that is the head too becomes two weights where the
    policy has two formats. Caches of keys and values are, unless asked otherwise,
    f32 for f32, else bf16. A
    constant that scales an embedding is rounded to bf16, as the reference does.
    A weight whose scales are not those of the usual rule says so (scale_rule).

    Example: test/compiler/quantize/g4-quantize-weights.mlir
  }];
  let options = [Option<"weights", "weights", "std::string", "\"bf16\"",
                        "a preset, a format or a file: findPolicy()">,
                 Option<"kvCache", "kv-cache", "std::string", "\"auto\"",
                        "auto, f32, bf16, int8 or fp8">];
  let dependentDialects = ["g4::graph::G4Dialect"];
}

def TapInputsPass : Pass<"g4-tap-inputs", "mlir::ModuleOp"> {
  let summary = "Show what linears read";
  let description = [{
    A g4.tap of its input before each g4.linear and g4.expert_linear whose weight
    may be stored in fewer bits, for `g4c calibrate`.

    Example: test/compiler/quantize/g4-tap-inputs.mlir
  }];
  let dependentDialects = ["g4::graph::G4Dialect"];
}

#endif // G4_COMPILER_QUANTIZE_PASSES_TD
