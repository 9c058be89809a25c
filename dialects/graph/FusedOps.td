//===- FusedOps.td - Groups that are one kernel each --------*- tablegen -*-===//
//
// What the fuse phase makes. Each of these ops becomes one kernel.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_GRAPH_FUSEDOPS_TD
#define G4_DIALECTS_GRAPH_FUSEDOPS_TD

include "dialects/graph/GraphDialect.td"

def G4_FusedLinearOp : G4_Op<"fused_linear", [Pure, AttrSizedOperandSegments]> {
  let summary = "rms_norm, linear and what follows it, as one kernel.";
  let description = [{
    n = rms_norm(x, norm) if there is a norm, else x
    z = linear(n, w), or expert_linear(n, experts, w) if there are experts
    epilogue none:       y = z
             gelu_gated: y = gelu_mul(first half of z, second half of z)
             gelu_times: y = gelu_mul(z, up)
             softcap:    y = cap * tanh(z / cap)

    Constraints:
      fused_linear_c1: w has rank 3 if there are experts, else 2; its last
                       dimension is that of x
      fused_linear_c2: norm has shape [K]; epsilon is given if and only if there
                       is a norm
      fused_linear_c3: y has shape [rows, N], or [rows, k, N] with experts [rows,
                       k], N the rows of w, or half of them for gelu_gated
      fused_linear_c4: up is given if and only if the epilogue is gelu_times, and
                       has the type of y
      fused_linear_c5: cap is given if and only if the epilogue is softcap
  }];
  let arguments = (ins G4_Activation:$x, G4_Weight:$w, Optional<G4_Weight>:$norm,
                       Optional<G4_Indices>:$experts, Optional<G4_Activation>:$up,
                       G4_EpilogueAttr:$epilogue, OptionalAttr<F32Attr>:$epsilon,
                       OptionalAttr<F32Attr>:$cap);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x `,` $w (`norm` $norm^)? (`experts` $experts^)? (`up` $up^)? $epilogue attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def G4_QkvPrepareOp : G4_Op<"qkv_prepare",
    [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "q/k/v norm, rope and the write to the KV cache, as one kernel.";
  let description = [{
    qkv holds a row's query heads, then its key heads, then its value heads; the
    value heads are missing where values are the raw keys (k_eq_v), and keys too
    where the layer shares another layer's cache.

    q = rope(rms_norm(query heads, q_norm)); keys likewise with k_norm; values are
    rms_norm(value heads or raw key heads) without a weight. Where the cache stores
    rotated pairs alone, the other columns of q are multiplied by k_norm besides.

    Constraints:
      qkv_prepare_c1: qkv has shape [rows, (heads + k + v) * head_dim], k and v
                      either 0 or num_kv_heads of the cache
      qkv_prepare_c2: k_norm is given if and only if there are key heads, and then
                      the symbol is a g4.kv_cache of this head_dim
      qkv_prepare_c3: norms have shape [head_dim], freqs [head_dim / 2]
      qkv_prepare_c4: q has shape [rows, heads, head_dim]
      qkv_prepare_c5: values are the raw keys where the cache stores rotated pairs
                      alone
  }];
  let arguments = (ins OptionalAttr<FlatSymbolRefAttr>:$cache, G4_Activation:$qkv,
                       G4_Indices:$positions, G4_Weight:$freqs, G4_Weight:$q_norm,
                       Optional<G4_Weight>:$k_norm, UnitAttr:$k_eq_v,
                       F32Attr:$epsilon);
  let results = (outs G4_Activation:$q);
  let assemblyFormat = [{
    ($cache^ `,`)? $qkv `,` $positions `,` $freqs `,` $q_norm (`keys` $k_norm^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def G4_RouterOp : G4_Op<"router", [Pure]> {
  let summary = "Norm, scale, logits, top-k, renormalise and per-expert scale, as one kernel.";
  let description = [{
    r = rms_norm(x) * scale * factor; logits = linear(r, proj);
    (weights, experts) = top_k(logits), with skip_below; weights =
    expert_scale(weights, ...). All in f32.

    Constraints:
      router_c1: proj has shape [E, K], scale [K], per_expert_scale [E]
      router_c2: the results have shape [rows, k], 1 <= k <= E
      router_c3: 0 <= skip_below <= 1/k
  }];
  let arguments = (ins G4_Activation:$x, G4_Weight:$scale, G4_Weight:$proj,
                       G4_Weight:$per_expert_scale, F32Attr:$factor,
                       F32Attr:$epsilon,
                       DefaultValuedAttr<F32Attr, "0.0f">:$skip_below);
  let results = (outs G4_Activation:$weights, G4_Indices:$experts);
  let assemblyFormat = [{
    $x `,` $scale `,` $proj `,` $per_expert_scale attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def G4_RowsOp : G4_Op<"rows", [Pure, IsolatedFromAbove,
                               SingleBlock]> {
  let summary = "Ops that need one row at a time, as one kernel.";
  let description = [{
    The body holds add, scale, rms_norm, expert_sum and gelu_mul on the block
    arguments, which stand for the operands. Residual sums with their norms
    become one of these.

    Constraints:
      rows_c1: block arguments match the operands, yielded values the results
      rows_c2: the results are [rows, D], or [rows, groups, D], of one shape;
               expert_sum is only for rank 2
      rows_c3: the body holds nothing but these ops and ends with a g4.yield
  }];
  let arguments = (ins Variadic<AnyType>:$inputs);
  let results = (outs Variadic<G4_Activation>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs) $body
  }];
  let hasVerifier = 1;
}

def G4_YieldOp : G4_Op<"yield", [Pure, Terminator, HasParent<"RowsOp">]> {
  let summary = "What a g4.rows gives.";
  let arguments = (ins Variadic<G4_Activation>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // G4_DIALECTS_GRAPH_FUSEDOPS_TD
