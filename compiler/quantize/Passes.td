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

    Example: test/compiler/quantize/g4-quantize-weights.mlir
  }];
  let options = [Option<"weights", "weights", "std::string", "\"bf16\"",
                        "a name that WeightPolicy::find() knows">,

                 Option<"kvCache", "kv-cache", "std::string", "\"auto\"",
                        "auto, f32, bf16, int8 or fp8">];
  let dependentDialects = ["g4::graph::G4Dialect"];
}

#endif // G4_COMPILER_QUANTIZE_PASSES_TD
