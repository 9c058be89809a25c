//===- ExpertOps.td - Routing and experts -------------------*- tablegen -*-===//

#ifndef G4_DIALECTS_GRAPH_EXPERTOPS_TD
#define G4_DIALECTS_GRAPH_EXPERTOPS_TD

include "dialects/graph/GraphDialect.td"

def G4_TopKOp : G4_Op<"top_k", [Pure]> {
  let summary = "The k largest of a softmax, renormalised to sum to 1.";
  let description = [{
    experts[t, :] are the k largest logits, largest first, the lower index first
    among equals; weights[t, j] = softmax(logits)[experts[t, j]] / their sum.

    A place whose weight is below skip_below is dropped: its weight becomes 0 and
    its expert the first one's, whose matrices are read anyway. The weights of
    the other places are divided by their sum.

    Constraints:
      top_k_c1: logits has shape [rows, E], the results [rows, k], 1 <= k <= E
      top_k_c2: 0 <= skip_below <= 1/k, so that the first place is never dropped
  }];
  let arguments = (ins G4_Activation:$logits,
                       DefaultValuedAttr<F32Attr, "0.0f">:$skip_below);
  let results = (outs G4_Activation:$weights, G4_Indices:$experts);
  let assemblyFormat =
      "$logits attr-dict `:` type($logits) `->` type($weights) `,` type($experts)";
  let hasVerifier = 1;
}

def G4_ExpertScaleOp : G4_Op<"expert_scale", [Pure]> {
  let summary = "Routing weights times the scale of their expert.";
  let description = [{
    y[t, j] = weights[t, j] * scales[experts[t, j]]

    Constraints:
      expert_scale_c1: scales has rank 1
      expert_scale_c2: weights, experts and y have the same shape
  }];
  let arguments = (ins G4_Activation:$weights, G4_Indices:$experts,
                       G4_Weight:$scales);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $weights `,` $experts `,` $scales attr-dict
    `:` type($weights) `,` type($experts) `,` type($scales) `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_ExpertLinearOp : G4_Op<"expert_linear", [Pure]> {
  let summary = "A linear whose weight is chosen per row and place.";
  let description = [{
    y[t, j, :] = x[t, (j,) :] * transpose(w[experts[t, j]])

    Constraints:
      expert_linear_c1: w has shape [E, N, K], the last dimension of x is K
      expert_linear_c2: x has shape [rows, K] or [rows, k, K], experts [rows, k]
      expert_linear_c3: y has shape [rows, k, N]
  }];
  let arguments = (ins G4_Activation:$x, G4_Indices:$experts, G4_Weight:$w);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x `,` $experts `,` $w attr-dict
    `:` type($x) `,` type($experts) `,` type($w) `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_ExpertSumOp : G4_Op<"expert_sum", [Pure]> {
  let summary = "The weighted sum of the experts' results, in order of place.";
  let description = [{
    y[t, :] = sum_j weights[t, j] * x[t, j, :]

    Constraints:
      expert_sum_c1: x has shape [rows, k, N], weights [rows, k], y [rows, N]
  }];
  let arguments = (ins G4_Activation:$x, G4_Activation:$weights);
  let results = (outs G4_Activation:$y);
  let assemblyFormat =
      "$x `,` $weights attr-dict `:` type($x) `,` type($weights) `->` type($y)";
  let hasVerifier = 1;
}

#endif // G4_DIALECTS_GRAPH_EXPERTOPS_TD
