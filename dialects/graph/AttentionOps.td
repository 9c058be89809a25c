//===- AttentionOps.td - Rope, KV caches, attention ---------*- tablegen -*-===//

#ifndef G4_DIALECTS_GRAPH_ATTENTIONOPS_TD
#define G4_DIALECTS_GRAPH_ATTENTIONOPS_TD

include "dialects/graph/GraphDialect.td"

def G4_RopeOp : G4_Op<"rope", [Pure]> {
  let summary = "Rotary position embedding, halves paired (NeoX).";
  let description = [{
    With a = x[..., i], b = x[..., i + D/2], theta = positions[t] * freqs[i]:
      y[..., i]       = a cos(theta) - b sin(theta)
      y[..., i + D/2] = b cos(theta) + a sin(theta)
    A frequency of 0 leaves its pair as it is (proportional rope).

    With several axes a head is as many parts of equal size, one after the other,
    and each is rotated like that by the position on its own axis. The frequencies
    are those of one part, the same for all.

    Constraints:
      rope_c1: type(y) == type(x), rank 3 [rows, heads, D], D even
      rope_c2: freqs has shape [D/2], or [D/2/axes]
      rope_c3: positions have shape [rows], or [rows, axes], and 2 * axes divides D
  }];
  let arguments = (ins G4_Activation:$x, G4_Indices:$positions, G4_Weight:$freqs);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x `,` $positions `,` $freqs attr-dict
    `:` type($x) `,` type($positions) `,` type($freqs) `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_KvCacheOp : G4_Op<"kv_cache", [Symbol]> {
  let summary = "Keys and values of one layer, for every sequence.";
  let description = [{
    `window` is how many positions a query sees, itself included; 0 is all of
    them. A layer that shares another layer's keys and values has no cache.

    Of dtype i8 or f8E4M3FN the key and the value of a position and head have an
    f32 scale each, the largest magnitude by 127 or 448; what is stored is the
    number by the scale, rounded to nearest.

    With `rotated_pairs` = r, of a key only columns i and i + head_dim/2 for i < r
    are stored: where values are the raw keys, the rest of a key is the value times
    the key norm's weight. That weight is in the queries (g4.qkv_prepare), and
    attention takes the value's columns for the missing ones of the key.

    Constraints:
      kv_cache_c1: window >= 0, num_kv_heads > 0, head_dim > 0 and even
      kv_cache_c2: dtype is f32, bf16, i8 or f8E4M3FN
      kv_cache_c3: 0 < rotated_pairs < head_dim / 2
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$window,
                       I64Attr:$num_kv_heads, I64Attr:$head_dim, TypeAttr:$dtype,
                       OptionalAttr<I64Attr>:$rotated_pairs);
  let assemblyFormat = "$sym_name attr-dict";
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "int64_t":$window,
                                 "int64_t":$num_kv_heads, "int64_t":$head_dim,
                                 "::mlir::Type":$dtype)>];
  let extraClassDeclaration = [{
    /// Whether keys and values have scales.
    bool isQuantized() { return getDtype().getIntOrFloatBitWidth() == 8; }
    /// Columns of a key that are stored.
    int64_t getKeyDim() {
      return getRotatedPairs() ? 2 * *getRotatedPairs() : getHeadDim();
    }
    /// Whether this column of a key is stored, and not the value's.
    bool storesKeyColumn(int64_t column) {
      int64_t half = getHeadDim() / 2;
      return !getRotatedPairs() || column % half < int64_t(*getRotatedPairs());
    }
  }];
}

def G4_KvWriteOp : G4_Op<"kv_write", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Puts the keys and values of the step's rows into a cache.";
  let description = [{
    Constraints:
      kv_write_c1: the symbol is a g4.kv_cache
      kv_write_c2: keys and values have shape [rows, num_kv_heads, head_dim]
      kv_write_c3: the cache stores whole keys
  }];
  let arguments = (ins FlatSymbolRefAttr:$cache, G4_Activation:$keys,
                       G4_Activation:$values, G4_Indices:$positions);
  let assemblyFormat = [{
    $cache `,` $keys `,` $values `,` $positions attr-dict
    `:` type($keys) `,` type($values) `,` type($positions)
  }];
}

def G4_AttentionOp : G4_Op<"attention", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Softmax attention of the step's rows over a cache.";
  let description = [{
    Row t at position p sees the keys at positions (p - window, p]; query head j
    uses KV head j / (heads / num_kv_heads). Scores are q k^T * scale; softmax
    and sums are in f32.

    With `ends` a row sees the keys at positions (p - window, ends[t]), so that
    rows of a picture see each other both ways. ends[t] > p, and the step has
    written all keys before it.

    Constraints:
      attention_c1: the symbol is a g4.kv_cache
      attention_c2: q has rank 3 with the head_dim of the cache, y its type
      attention_c3: num_kv_heads divides the heads of q
      attention_c4: ends have the type of positions
  }];
  let arguments = (ins FlatSymbolRefAttr:$cache, G4_Activation:$q,
                       G4_Indices:$positions, Optional<G4_Indices>:$ends,
                       F32Attr:$scale);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $cache `,` $q `,` $positions (`ends` $ends^)? attr-dict
    `:` type($q) `,` type($positions) (`,` type($ends)^)? `->` type($y)
  }];
}

#endif // G4_DIALECTS_GRAPH_ATTENTIONOPS_TD
