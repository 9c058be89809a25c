//===- TowerOps.td - What towers of pictures need besides ---*- tablegen -*-===//
//
// A tower turns a picture into soft tokens, rows that stand where embeddings of
// tokens stand. Its rows are patches, which belong together by ranges of rows,
// not by positions in a cache. docs/vision-and-audio.md has the whole graph.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_GRAPH_TOWEROPS_TD
#define G4_DIALECTS_GRAPH_TOWEROPS_TD

include "dialects/graph/GraphDialect.td"

def G4_ShiftOp : G4_Op<"shift", [Pure]> {
  let summary = "x + factor, times a weight where there is one.";
  let description = [{
    y[..., d] = x[..., d] + factor * weight[d]

    Without a weight its place is taken by 1.

    Constraints:
      shift_c1: type(y) == type(x)
      shift_c2: weight has shape [D], D the last dimension of x
  }];
  let arguments = (ins G4_Activation:$x, Optional<G4_Weight>:$weight,
                       F32Attr:$factor);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x (`,` $weight^)? attr-dict `:` type($x) (`,` type($weight)^)? `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_ClampOp : G4_Op<"clamp", [Pure]> {
  let summary = "x within two bounds.";
  let description = [{
    y = min(max(x, low[0]), high[0])

    The bounds come from the checkpoint and differ from linear to linear. They are
    operands for the reason that a layer's scalar is one: kernels do not differ.

    Constraints:
      clamp_c1: type(y) == type(x)
      clamp_c2: low and high have shape [1]
  }];
  let arguments = (ins G4_Activation:$x, G4_Weight:$low, G4_Weight:$high);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x `,` $low `,` $high attr-dict
    `:` type($x) `,` type($low) `,` type($high) `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_LayerNormOp : G4_Op<"layer_norm", [Pure]> {
  let summary = "Normalisation of the last dimension to mean 0 and variance 1.";
  let description = [{
    m = mean_d(x), v = mean_d((x - m)^2)
    y[..., d] = (x[..., d] - m) * (v + epsilon)^(-1/2) * weight[d] + bias[d]

    Constraints:
      layer_norm_c1: type(y) == type(x)
      layer_norm_c2: weight and bias have shape [D], D the last dimension of x
      layer_norm_c3: epsilon > 0
  }];
  let arguments = (ins G4_Activation:$x, G4_Weight:$weight, G4_Weight:$bias,
                       F32Attr:$epsilon);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x `,` $weight `,` $bias attr-dict
    `:` type($x) `,` type($weight) `,` type($bias) `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_SpanAttentionOp : G4_Op<"span_attention", [Pure]> {
  let summary = "Softmax attention of rows over ranges of rows, without a cache.";
  let description = [{
    Row t sees the keys and values of rows [begins[t], ends[t]) of the step: all
    patches of its picture, both ways. Query head j uses KV head
    j / (heads / num_kv_heads). Scores are q k^T * scale; softmax and sums are in
    f32. A row of no picture has an empty range, gives 0 and is seen by none.

    Constraints:
      span_attention_c1: q has rank 3 [rows, heads, D] and y its type
      span_attention_c2: k and v have one type [rows, num_kv_heads, D], and
                         num_kv_heads divides the heads of q
      span_attention_c3: begins and ends have shape [rows]
  }];
  let arguments = (ins G4_Activation:$q, G4_Activation:$k, G4_Activation:$v,
                       G4_Indices:$begins, G4_Indices:$ends, F32Attr:$scale);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $q `,` $k `,` $v `,` $begins `,` $ends attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def G4_PoolOp : G4_Op<"pool", [Pure]> {
  let summary = "Means of rows: of the patches that become one soft token.";
  let description = [{
    y[i, :] = mean over j of x[rows[i, j], :]

    Constraints:
      pool_c1: x and y have rank 2 and the same last dimension
      pool_c2: rows have shape [rows of y, count], count > 0
  }];
  let arguments = (ins G4_Activation:$x, G4_Indices:$rows);
  let results = (outs G4_Activation:$y);
  let assemblyFormat =
      "$x `,` $rows attr-dict `:` type($x) `,` type($rows) `->` type($y)";
  let hasVerifier = 1;
}

def G4_ReplaceRowsOp : G4_Op<"replace_rows", [Pure]> {
  let summary = "Soft tokens in place of the embeddings of some rows.";
  let description = [{
    y[t, :] = source[rows[t], :] where rows[t] >= 0, else x[t, :]

    Constraints:
      replace_rows_c1: type(y) == type(x), rank 2
      replace_rows_c2: source has rank 2 and the last dimension of x
      replace_rows_c3: rows have shape [rows of x]
  }];
  let arguments = (ins G4_Activation:$x, G4_Activation:$source,
                       G4_Indices:$rows);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x `,` $source `,` $rows attr-dict
    `:` type($x) `,` type($source) `,` type($rows) `->` type($y)
  }];
  let hasVerifier = 1;
}

#endif // G4_DIALECTS_GRAPH_TOWEROPS_TD
