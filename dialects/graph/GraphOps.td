//===- GraphOps.td - Weights, norms, linears, element-wise --*- tablegen -*-===//

#ifndef G4_DIALECTS_GRAPH_GRAPHOPS_TD
#define G4_DIALECTS_GRAPH_GRAPHOPS_TD

include "dialects/graph/GraphDialect.td"

def G4_WeightOp : G4_Op<"weight", [Symbol]> {
  let summary = "A weight: its name, how it is stored, where its numbers come from.";
  let description = [{
    `parts` are tensors of the checkpoint, stacked along their first dimension;
    the bytes stay in the checkpoint until the artifact is packed. A weight that
    the compiler computes has `values` instead. `class` is what it is for.

    What phases tell later ones about a weight with parts:

      synthetic    center and half_width: how the numbers are distributed that
                   the loader makes, in a model without a checkpoint
      part_rows    rows of each part; without it they have equally many
      source_rows  rows of each matrix that the parts have, where the type has
                   more: those are padding
      segments     runs of equally many rows of a matrix, each of which has its
                   padding at its end; 1 without it
      scale_rule   where the scales of its groups come from, if not from their
                   extremes: compiler/quantize/ScaleRule.h

    Constraints:
      weight_op_c1: either parts, one or more, or values
      weight_op_c2: values has the shape of the type and is f32
      weight_op_c3: the type is a !g4q.weight
      weight_op_c4: synthetic is two f32, on a weight with parts
      weight_op_c5: part_rows has a positive number for each part
      weight_op_c6: segments divide the rows of a matrix and source_rows, of
                    which there are no more than rows
      weight_op_c7: scale_rule is search or lattice
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type,
                       OptionalAttr<G4_WeightClassAttr>:$weight_class,
                       OptionalAttr<StrArrayAttr>:$parts,
                       OptionalAttr<ElementsAttr>:$values,
                       OptionalAttr<DenseF32ArrayAttr>:$synthetic,
                       OptionalAttr<DenseI64ArrayAttr>:$part_rows,
                       OptionalAttr<I64Attr>:$source_rows,
                       OptionalAttr<I64Attr>:$segments,
                       OptionalAttr<StrAttr>:$scale_rule);
  let assemblyFormat = [{
    $sym_name `:` $type (`class` $weight_class^)? (`parts` $parts^)?
    (`values` $values^)? attr-dict
  }];
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::Type":$type,
                                 "::mlir::ArrayAttr":$parts,
                                 "::mlir::ElementsAttr":$values)>];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::g4::quant::WeightType getWeightType() {
      return ::llvm::cast<::g4::quant::WeightType>(getType());
    }
    int64_t getNumSegments() { return getSegments().value_or(1); }
    /// Rows of each matrix that are no padding.
    int64_t getNumRealRows() {
      return getSourceRows().value_or(getWeightType().getNumRows());
    }
    std::vector<std::string> getPartNames();
  }];
}

def G4_UseOp : G4_Op<"use", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The weight that a symbol names, as a value.";
  let description = [{
    Constraints:
      use_c1: the symbol is a g4.weight of this type
  }];
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs G4_Weight:$weight);
  let assemblyFormat = "$name attr-dict `:` type($weight)";
}

def G4_EmbedOp : G4_Op<"embed", [Pure]> {
  let summary = "Rows of a table, or sums of rows of several, times a constant.";
  let description = [{
    y[t, :] = table[ids[t], :] * scale

    With several axes, of which a row has an id each, as a patch of a picture has
    a column and a row:

    y[t, :] = (sum over axes a of table[a, ids[t, a], :]) * scale

    or table[ids[t, a], a, :] where it is `interleaved`.

    Constraints:
      embed_c1: ids have shape [rows] and table [N, D], or ids [rows, axes] and
                table [axes, N, D], or [N, axes, D] where it is interleaved
      embed_c2: y has shape [rows of ids, D]
  }];
  let arguments = (ins G4_Indices:$ids, G4_Weight:$table, F32Attr:$scale,
                       UnitAttr:$interleaved);
  let results = (outs G4_Activation:$y);
  let assemblyFormat =
      "$ids `,` $table attr-dict `:` type($ids) `,` type($table) `->` type($y)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// How many tables are summed.
    int64_t getNumAxes() {
      auto ids = ::llvm::cast<::mlir::RankedTensorType>(getIds().getType());
      return ids.getRank() == 2 ? ids.getDimSize(1) : 1;
    }
  }];
}

def G4_RmsNormOp : G4_Op<"rms_norm", [Pure]> {
  let summary = "Root-mean-square normalisation of the last dimension.";
  let description = [{
    y[..., d] = x[..., d] * (mean_d(x^2) + epsilon)^(-1/2) * weight[d]

    Without a weight the last factor is 1. There is no "1 + weight".

    Constraints:
      rms_norm_c1: type(y) == type(x)
      rms_norm_c2: weight has shape [D], D the last dimension of x
      rms_norm_c3: epsilon > 0
  }];
  let arguments = (ins G4_Activation:$x, Optional<G4_Weight>:$weight,
                       F32Attr:$epsilon);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x (`,` $weight^)? attr-dict `:` type($x) (`,` type($weight)^)? `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_LinearOp : G4_Op<"linear", [Pure]> {
  let summary = "y = x * transpose(w), w as a checkpoint stores it.";
  let description = [{
    Constraints:
      linear_c1: w has rank 2 and its last dimension is that of x
      linear_c2: y has shape [..., rows of w]
  }];
  let arguments = (ins G4_Activation:$x, G4_Weight:$w);
  let results = (outs G4_Activation:$y);
  let assemblyFormat =
      "$x `,` $w attr-dict `:` type($x) `,` type($w) `->` type($y)";
  let hasVerifier = 1;
}

def G4_AddOp : G4_Op<"add", [Pure, SameOperandsAndResultType]> {
  let summary = "a + b.";
  let arguments = (ins G4_Activation:$a, G4_Activation:$b);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($y)";
}

def G4_ScaleOp : G4_Op<"scale", [Pure]> {
  let summary = "x * factor, and times a weight where there is one.";
  let description = [{
    y[..., d] = x[..., d] * factor * weight[d], or weight[0] for a weight of one
    element.

    Constraints:
      scale_c1: type(y) == type(x)
      scale_c2: weight has shape [D] or [1], D the last dimension of x
  }];
  let arguments = (ins G4_Activation:$x, Optional<G4_Weight>:$weight,
                       F32Attr:$factor);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = [{
    $x (`,` $weight^)? attr-dict `:` type($x) (`,` type($weight)^)? `->` type($y)
  }];
  let hasVerifier = 1;
}

def G4_GeluMulOp : G4_Op<"gelu_mul", [Pure, SameOperandsAndResultType]> {
  let summary = "gelu_tanh(gate) * up.";
  let description = [{
    gelu_tanh(z) = z/2 * (1 + tanh(sqrt(2/pi) * (z + 0.044715 z^3)))
  }];
  let arguments = (ins G4_Activation:$gate, G4_Activation:$up);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = "$gate `,` $up attr-dict `:` type($y)";
}

def G4_SoftcapOp : G4_Op<"softcap", [Pure, SameOperandsAndResultType]> {
  let summary = "cap * tanh(x / cap).";
  let description = [{
    Constraints:
      softcap_c1: cap > 0
  }];
  let arguments = (ins G4_Activation:$x, F32Attr:$cap);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = "$x attr-dict `:` type($y)";
  let hasVerifier = 1;
}

def G4_SliceOp : G4_Op<"slice", [Pure]> {
  let summary = "A range of the last dimension.";
  let description = [{
    y[..., i] = x[..., offset + i]

    Constraints:
      slice_c1: offset >= 0 and offset + (last dimension of y) is within x; both
                last dimensions are static
      slice_c2: the other dimensions of x and y agree
  }];
  let arguments = (ins G4_Activation:$x, I64Attr:$offset);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
}

def G4_HeadsOp : G4_Op<"heads", [Pure]> {
  let summary = "The last dimension as [heads, head_dim], or the two as one.";
  let description = [{
    Constraints:
      heads_c1: one side has rank 2, the other rank 3, with equal row sizes
  }];
  let arguments = (ins G4_Activation:$x);
  let results = (outs G4_Activation:$y);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
}

def G4_TakeRowsOp : G4_Op<"take_rows", [Pure]> {
  let summary = "The rows that are wanted: sampling needs few of them.";
  let description = [{
    y[i, :] = x[rows[i], :]

    Constraints:
      take_rows_c1: x and y have rank 2 and the same last dimension, y as many
                    rows as there are indices
  }];
  let arguments = (ins G4_Activation:$x, G4_Indices:$rows);
  let results = (outs G4_Activation:$y);
  let assemblyFormat =
      "$x `,` $rows attr-dict `:` type($x) `,` type($rows) `->` type($y)";
  let hasVerifier = 1;
}

def G4_TapOp : G4_Op<"tap"> {
  let summary = "Names a value that people look at when a token is wrong.";
  let description = [{
    `g4rt eval --taps` and the interpreter write the value to a file; a serving
    step ignores it.
  }];
  let arguments = (ins StrAttr:$name, AnyRankedTensor:$x);
  let assemblyFormat = "$name `,` $x attr-dict `:` type($x)";
}

#endif // G4_DIALECTS_GRAPH_GRAPHOPS_TD
