#ifndef G4_COMPILER_FUSE_PASSES_TD
#define G4_COMPILER_FUSE_PASSES_TD

include "mlir/Pass/PassBase.td"

class FusePass<string flag> : Pass<flag, "mlir::ModuleOp"> {
  let dependentDialects = ["g4::graph::G4Dialect"];
}

def MergeLinearsPass : FusePass<"g4-merge-linears"> {
  let summary = "Linears that read the same value become one, weights stacked";
  let description = [{
    Query, key and value projections, and gate and up, read one input: as one
    linear they are one kernel. The weights' parts are stacked; the results are
    slices.

    Example: test/compiler/fuse/g4-merge-linears.mlir
  }];
}

def FuseQkvPass : FusePass<"g4-fuse-qkv"> {
  let summary = "q/k norm, rope and the KV write become one qkv_prepare";
  let description = [{
    Example: test/compiler/fuse/g4-fuse-qkv.mlir
  }];
}

def KeysFromValuesPass : FusePass<"g4-keys-from-values"> {
  let summary = "Caches store what a key does not share with its value";
  let description = [{
    Where values are the raw keys, the columns of a key that do not rotate are the
    value's times the key norm's weight, which goes into the queries.

    Example: test/compiler/fuse/g4-keys-from-values.mlir
  }];
  let options = [Option<"forGpu", "for-gpu", "bool", "false",
                        "Decline what kernels of GPUs cannot read well: rows of "
                        "keys that are no multiple of dot-depth, and f32">,
                 Option<"dotDepth", "dot-depth", "int64_t", "16",
                        "Columns that the GPUs' matrix instructions sum at a time; "
                        "0 if one has none: with for-gpu, decline all">];
}

def FuseRouterPass : FusePass<"g4-fuse-router"> {
  let summary = "Norm, scale, logits, top-k and expert scale become one router";
  let description = [{
    Example: test/compiler/fuse/g4-fuse-router.mlir
  }];
}

def FuseLinearPass : FusePass<"g4-fuse-linear"> {
  let summary = "A linear takes in the norm before it and the epilogue after it";
  let description = [{
    An rms_norm whose only reader is the linear is computed by it; gelu_mul and
    softcap after it become its epilogue. A norm with several readers is left
    alone, with a remark: fusing would compute it several times.

    Example: test/compiler/fuse/g4-fuse-linear.mlir
  }];
}

def FuseRowsPass : FusePass<"g4-fuse-rows"> {
  let summary = "Ops that need one row at a time become one g4.rows";
  let description = [{
    Residual sums with their norms and scalars, and the weighted sum of experts.

    Example: test/compiler/fuse/g4-fuse-rows.mlir
  }];
}

#endif // G4_COMPILER_FUSE_PASSES_TD
