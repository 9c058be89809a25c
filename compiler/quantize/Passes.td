#ifndef G4_COMPILER_QUANTIZE_PASSES_TD
#define G4_COMPILER_QUANTIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def QuantizeWeightsPass : Pass<"g4-quantize-weights", "mlir::ModuleOp"> {
  let summary = "Choose how each weight and cache is stored";
  let description = [{
    Matrices get the format of the option; norms, scales and the router stay f32.
    With int4, tables of embeddings and rows that are no whole groups of 32 stay
    bf16. Caches of keys and values are, unless asked otherwise, f32 for f32, else
    bf16. A constant that scales
    an embedding is rounded to bf16 with its table, as the reference does.

    Example: test/compiler/quantize/g4-quantize-weights.mlir
  }];
  let options = [Option<"weights", "weights", "std::string", "\"bf16\"",
                        "f32, bf16 or int4">,
                 Option<"kvCache", "kv-cache", "std::string", "\"auto\"",
                        "auto, f32, bf16, int8 or fp8">];
  let dependentDialects = ["g4::graph::G4Dialect"];
}

#endif // G4_COMPILER_QUANTIZE_PASSES_TD
