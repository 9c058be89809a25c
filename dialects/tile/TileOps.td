//===- TileOps.td - Kernels, tiles and their arithmetic -----*- tablegen -*-===//

#ifndef G4_DIALECTS_TILE_TILEOPS_TD
#define G4_DIALECTS_TILE_TILEOPS_TD

include "dialects/tile/TileDialect.td"

def G4T_KernelOp : G4T_Op<"kernel", [Symbol, IsolatedFromAbove, SingleBlock]> {
  let summary = "One kernel: what one work item of a grid does.";
  let description = [{
    The block's arguments are the parameters (memrefs, weights, index), then the
    two coordinates of the work item. Work items are independent of each other.

    Constraints:
      kernel_c1: parameters are memrefs, weights or index; the last two arguments
                 are index
      kernel_c2: threads is positive, and 1 unless every tile has a layout
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$threads);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name,
                                 "::mlir::TypeRange":$params, "int64_t":$threads)>];
  let extraClassDeclaration = [{
    ::mlir::Block::BlockArgListType getParams() {
      return getBody().getArguments().drop_back(2);
    }
    ::mlir::Value getGridX() { return *(getBody().args_end() - 2); }
    ::mlir::Value getGridY() { return *(getBody().args_end() - 1); }
  }];
}

def G4T_ReturnOp : G4T_Op<"return", [Terminator, HasParent<"KernelOp">]> {
  let summary = "Ends a work item.";
  let assemblyFormat = "attr-dict";
}

def G4T_ReduceOp : G4T_Op<"reduce", [Pure]> {
  let summary = "Combines the columns of each row.";
  let description = [{
    Constraints:
      reduce_c1: [R, C] becomes [R, 1] of the same element type and layout
  }];
  let arguments = (ins G4T_ReduceKindAttr:$kind, G4T_Tile:$source);
  let results = (outs G4T_Tile:$result);
  let assemblyFormat =
      "$kind $source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def G4T_BroadcastOp : G4T_Op<"broadcast", [Pure]> {
  let summary = "Repeats a dimension of size 1.";
  let description = [{
    Constraints:
      broadcast_c1: each dimension of the source is that of the result or 1;
                    element type and layout agree
  }];
  let arguments = (ins G4T_Tile:$source);
  let results = (outs G4T_Tile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def G4T_IotaOp : G4T_Op<"iota", [Pure]> {
  let summary = "The index of each element along a dimension.";
  let description = [{
    Constraints:
      iota_c1: dim is 0 or 1 and the element type i32
  }];
  let arguments = (ins I64Attr:$dim);
  let results = (outs G4T_Tile:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def G4T_SplatOp : G4T_Op<"splat", [Pure]> {
  let summary = "A scalar in every element.";
  let description = [{
    Constraints:
      splat_c1: the scalar has the tile's element type
  }];
  let arguments = (ins AnyType:$scalar);
  let results = (outs G4T_Tile:$result);
  let assemblyFormat = "$scalar attr-dict `:` type($scalar) `->` type($result)";
  let hasVerifier = 1;
}

def G4T_DotOp : G4T_Op<"dot", [MemoryEffects<[MemRead]>, AttrSizedOperandSegments,
                              TypesMatchWith<"", "acc", "result", "$_self">]> {
  let summary = "acc + a * b, both operands in memory.";
  let description = [{
    result[r, c] = acc[r, c] + sum_k a[..., i + r, j + k] * b[..., p + k, q + c]

    for k < depth, with a[.., i, j] and b[.., p, q] the given places; with order
    nk, b is read as b[..., q + c, p + k] and its place is [.., q, p]. Products and
    sums are f32, in rising order of k in every lowering but mma, which groups 16.
    A bf16 a with an f32 or bf16 b is widened first. Of steps k at or above
    `depth_bound` nothing is read; mma takes no bound.

    With order fragments, b holds what copy_async takes from a weight with an mma
    layout: rows of 16 columns of the result each, b[p + c/16, q + k*16 + f], f
    the place in a 16 x 16 tile. A b of i8 holds units of 16 x 64 integers of 4
    bits in `format`, at b[p + c/16, q + k/64*576]; each group of 32 is summed from
    zero and added times its scale.

    Constraints:
      dot_c1: a and b are memrefs of f32 or bf16, with as many indices as dims; b
              may be i8 in order fragments, with a of bf16 and a depth of whole
              units of 64
      dot_c2: depth is positive, acc is f32
      dot_c3: a format comes with a b of i8, which needs one that has a packing
              for mma
  }];
  let arguments = (ins G4T_FloatTile:$acc, AnyMemRef:$a, Variadic<Index>:$a_indices,
                       AnyMemRef:$b, Variadic<Index>:$b_indices,
                       G4T_OperandOrderAttr:$order, I64Attr:$depth,
                       Optional<Index>:$depth_bound,
                       OptionalAttr<G4Q_FormatAttr>:$format);
  let results = (outs G4T_FloatTile:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$acc,
                                 "::mlir::Value":$a, "::mlir::ValueRange":$at_a,
                                 "::mlir::Value":$b, "::mlir::ValueRange":$at_b,
                                 "OperandOrder":$order, "int64_t":$depth)>];
  let extraClassDeclaration = [{
    /// One panel of what b holds in order fragments.
    ::g4::artifact::PackedMatrix getFragments();
  }];
  let assemblyFormat = [{
    $acc `,` $a `[` $a_indices `]` `,` $b `[` $b_indices `]` $order `depth` $depth
    (`depth_bound` $depth_bound^)? attr-dict `:` type($acc) `,` type($a) `,` type($b)
  }];
  let hasVerifier = 1;
}

def G4T_DotPackedOp : G4T_Op<"dot_packed", [MemoryEffects<[MemRead]>,
    AttrSizedOperandSegments, TypesMatchWith<"", "acc", "result", "$_self">]> {
  let summary = "acc + a * transpose(w), w packed: one op down to the emitter.";
  let description = [{
    result[r, c] = acc[r, c] + sum_k a[i + r, j + k] * w[(e,) n + c, j' + k]

    for k < depth, with w[(e,) n, j'] the given place. Rows of w beyond its last
    count as zeros. The emitter reads the packed bytes as they are.

    With `slices`, the depth is cut into that many contiguous slices of whole
    blocks of 64, as equal as their rounded-up number allows; each is summed from
    zero and the sums are added to acc in order. a lies block by block: a[(k/64)
    * R + r, k % 64], R = rows of a / (depth / 64), and both places along k are 0.
    Rows of a at or above `row_bound` are not read, their results mean nothing.
    On a GPU each warp makes one slice, by `intrinsic`. The sums pass through scratch of the op's
    own: between two runs of one op there is a barrier.

    An a of i32 holds rows that g4t.quantize left. Their products with the codes
    of w are summed exactly, over the columns that share the scales of both, and
    then added in rising order of k: result = sum * (scale of a * scale of w) +
    result, one fused multiply-add. A minimum of w is added, times the sum of a's
    codes, in the same way after it. Place and depth are in columns.

    Constraints:
      dot_packed_c1: a is a memref of rank 2, w has a layout, and the indices of w
                     are as many as its dimensions
      dot_packed_c2: a is f32 if w is f32 or f16, else bf16; or i32, if w has
                     groups of less than 8 bits
      dot_packed_c3: with panels, the tile's columns are a multiple of 8
      dot_packed_c4: depth is positive
      dot_packed_c5: slices are not negative and row_bound comes with them; with
                     slices, depth is a multiple of 64 and a has blocks of at
                     least 64 columns and as many rows as the tile
      dot_packed_c6: an a of i32 comes with panels, without slices, and its place
                     along k is 0
      dot_packed_c7: there is such an intrinsic
  }];
  let arguments = (ins G4T_FloatTile:$acc, AnyMemRef:$a, Variadic<Index>:$a_indices,
                       G4T_Weight:$w, Variadic<Index>:$w_indices,
                       Optional<Index>:$row_bound, I64Attr:$depth,
                       DefaultValuedAttr<I64Attr, "0">:$slices,
                       DefaultValuedAttr<StrAttr, "::g4::kMma16x8x16">:$intrinsic);
  let results = (outs G4T_FloatTile:$result);
  let assemblyFormat = [{
    $acc `,` $a `[` $a_indices `]` `,` $w `[` $w_indices `]` `depth` $depth
    (`slices` $slices^)? (`row_bound` $row_bound^)? attr-dict `:` type($acc) `,` type($a) `,` type($w)
  }];
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$acc,
                                 "::mlir::Value":$a, "::mlir::ValueRange":$a_indices,
                                 "::mlir::Value":$w, "::mlir::ValueRange":$w_indices,
                                 "int64_t":$depth)>];
  let extraClassDeclaration = [{
    /// Whether a holds rows that g4t.quantize left.
    bool hasIntegerRows() {
      return ::mlir::cast<::mlir::MemRefType>(getA().getType())
          .getElementType().isInteger(32);
    }
    /// Columns of a block of a, the unit in which the depth is cut.
    static constexpr int64_t kBlock = 64;
    /// Blocks of a slice (the last may have fewer) and slices that have any.
    static int64_t blocksOfSlice(int64_t depth, int64_t slices) {
      return (depth / kBlock + slices - 1) / slices;
    }
    static int64_t usedSlices(int64_t depth, int64_t slices) {
      int64_t blocks = blocksOfSlice(depth, slices);
      return (depth / kBlock + blocks - 1) / blocks;
    }
  }];
}

def G4T_SingleOp : G4T_Op<"single", [SingleBlock, NoTerminator,
                                     RecursiveMemoryEffects]> {
  let summary = "Scalar code that one thread runs, seen by all afterwards.";
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
}

def G4T_ForEachOp : G4T_Op<"for_each", [SingleBlock, NoTerminator,
                                        RecursiveMemoryEffects]> {
  let summary = "Scalar code for each number below a count, seen by all afterwards.";
  let description = [{
    Runs for 0, 1, .. count - 1, dealt out to the threads: in any order, or at
    once. No run may read or write what another one writes.

    Constraints:
      for_each_c1: the block has one argument, an index
      for_each_c2: no op of this dialect and no tile is within
  }];
  let arguments = (ins Index:$count);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Value getNumber() { return getBody().getArgument(0); }
  }];
}

#endif // G4_DIALECTS_TILE_TILEOPS_TD
