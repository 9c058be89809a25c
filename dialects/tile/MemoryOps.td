//===- MemoryOps.td - Loads, stores, scratch, async copies --*- tablegen -*-===//

#ifndef G4_DIALECTS_TILE_MEMORYOPS_TD
#define G4_DIALECTS_TILE_MEMORYOPS_TD

include "dialects/tile/TileDialect.td"

def G4T_ScratchOp : G4T_Op<"scratch"> {
  let summary = "Scratch memory of the work item, not initialised.";
  let description = [{
    Constraints:
      scratch_c1: a static memref in memory space #g4t.scratch, directly in the
                  kernel's block
  }];
  let results = (outs AnyMemRef:$memory);
  let assemblyFormat = "attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def G4T_LoadOp : G4T_Op<"load", [MemoryEffects<[MemRead]>, AttrSizedOperandSegments]> {
  let summary = "A tile from memory.";
  let description = [{
    result[r, c] = source[..., i + r, j + c], where [.., i, j] is the given place;
    a memref of rank 1 has the place [j] and one row. With `rows map[o]`, row r is
    source row map[o + r] + i instead of i + r.

    Rows with i + r (or o + r where there is a map) at or above `row_bound`, and
    columns with j + c at or above `col_bound`, are not read and give 0.

    With `row_stride` s, row r is source row i + s * r, in the bound too.

    Constraints:
      load_c1: as many indices as dimensions; element types agree
      load_c2: a map is a memref<?xi32> or <?x1xi32> and comes with its offset
      load_c3: a memref of rank 1 gives one row and takes no map
      load_c4: row_stride is positive, and 1 with a map
  }];
  let arguments = (ins AnyMemRef:$source, Variadic<Index>:$indices,
                       Optional<AnyMemRef>:$row_map, Optional<Index>:$row_offset,
                       Optional<Index>:$row_bound, Optional<Index>:$col_bound,
                       DefaultValuedAttr<I64Attr, "1">:$row_stride);
  let results = (outs G4T_Tile:$result);
  let assemblyFormat = [{
    $source `[` $indices `]` (`rows` $row_map^ `[` $row_offset `]` `:` type($row_map))?
    (`row_bound` $row_bound^)? (`col_bound` $col_bound^)? (`row_stride` $row_stride^)?
    attr-dict `:` type($source) `->` type($result)
  }];
  let hasVerifier = 1;
}

def G4T_StoreOp : G4T_Op<"store", [MemoryEffects<[MemWrite]>, AttrSizedOperandSegments]> {
  let summary = "A tile to memory.";
  let description = [{
    The mirror of g4t.load; elements outside the bounds are not written. A tile of
    one column goes to dest[j + r] of a memref of rank 1, rows from row_bound on
    are those with j + r at or above it. With
    `transposed` (one row only), element c goes to dest[..., i + c, j].

    Constraints:
      store_c1: as many indices as dimensions; element types agree
      store_c2: a map is a memref<?xi32> or <?x1xi32> and comes with its offset
      store_c3: transposed takes a tile of one row, rank 2 or more and no map
      store_c4: a memref of rank 1 takes one row or one column, and no map
      store_c5: row_stride is positive, and 1 with a map or transposed
  }];
  let arguments = (ins G4T_Tile:$value, AnyMemRef:$dest, Variadic<Index>:$indices,
                       Optional<AnyMemRef>:$row_map, Optional<Index>:$row_offset,
                       Optional<Index>:$row_bound, Optional<Index>:$col_bound,
                       UnitAttr:$transposed,
                       DefaultValuedAttr<I64Attr, "1">:$row_stride);
  let assemblyFormat = [{
    $value `,` $dest `[` $indices `]` (`rows` $row_map^ `[` $row_offset `]` `:` type($row_map))?
    (`row_bound` $row_bound^)? (`col_bound` $col_bound^)? (`row_stride` $row_stride^)?
    (`transposed` $transposed^)?
    attr-dict `:` type($value) `,` type($dest)
  }];
  let hasVerifier = 1;
}

def G4T_QuantizeOp : G4T_Op<"quantize", [MemoryEffects<[MemWrite]>]> {
  let summary = "Part of one row as integers of 8 bits, for a dot of integers.";
  let description = [{
    Columns [k, k + C) of row i of dest, at [i, k], in the groups that
    QuantizedRow.h describes: codes, scale and sums of every 32 columns. All
    numbers are rounded as f32 rounds them, so every target stores the same bytes.

    Constraints:
      quantize_c1: the tile is [1, C] of f32, C a multiple of 32
      quantize_c2: dest is a memref of i32 of rank 2
  }];
  let arguments = (ins G4T_FloatTile:$value, AnyMemRef:$dest, Index:$row, Index:$col);
  let assemblyFormat = [{
    $value `,` $dest `[` $row `,` $col `]` attr-dict `:` type($value) `,` type($dest)
  }];
  let hasVerifier = 1;
}

def G4T_UnpackOp : G4T_Op<"unpack", [MemoryEffects<[MemRead]>]> {
  let summary = "Part of one row of a packed weight, as f32: for embeddings.";
  let description = [{
    result[0, c] = w[n, k + c]; columns beyond the last of w give 0.

    Constraints:
      unpack_c1: w has rank 2 and a layout, the result is [1, C] of f32
  }];
  let arguments = (ins G4T_Weight:$w, Index:$row, Index:$col,
                       Optional<Index>:$col_bound);
  let results = (outs G4T_FloatTile:$result);
  let assemblyFormat = [{
    $w `[` $row `,` $col `]` (`col_bound` $col_bound^)? attr-dict
    `:` type($w) `->` type($result)
  }];
  let hasVerifier = 1;
}

def G4T_CopyAsyncOp : G4T_Op<"copy_async", [MemoryEffects<[MemRead, MemWrite]>,
                                            AttrSizedOperandSegments]> {
  let summary = "Starts a copy of a block from global memory to scratch.";
  let description = [{
    dest[a + r, b + c] = source[(..,) i + r, j + c] for r < rows, c < cols. Rows of
    the source at or above `row_bound` give zeros. The bytes are there only after
    a g4t.wait_async that covers the copy's group and a g4t.barrier.

    A weight with an mma layout is copied in whole 16 x 16 tiles, in the order of
    their bytes: the tiles of 16 rows are one row of dest, dest[a + r/16, b +
    c/16*256 + f], f the place in the tile; of 4-bit integers in units of 16 x 64,
    whose bytes, scales included, are dest[a + r/16, b + c/64*576 ..].

    Constraints:
      copy_async_c1: source is a memref or a weight with layout rows or an mma
                     layout, dest a scratch memref of rank 2 with the same
                     element type, i8 for i4
      copy_async_c2: the bytes of a row of the block are a multiple of 16
      copy_async_c3: of an mma layout, rows and cols are multiples of 16, cols of
                     64 for i4
  }];
  let arguments = (ins AnyType:$source, Variadic<Index>:$indices, AnyMemRef:$dest,
                       Variadic<Index>:$dest_indices, Optional<Index>:$row_bound,
                       I64Attr:$rows, I64Attr:$cols);
  let assemblyFormat = [{
    $source `[` $indices `]` `to` $dest `[` $dest_indices `]` `block` $rows `x` $cols
    (`row_bound` $row_bound^)? attr-dict `:` type($source) `to` type($dest)
  }];
  let hasVerifier = 1;
}

def G4T_CommitAsyncOp : G4T_Op<"commit_async", [MemoryEffects<[MemWrite]>]> {
  let summary = "Ends a group of async copies.";
  let assemblyFormat = "attr-dict";
}

def G4T_WaitAsyncOp : G4T_Op<"wait_async", [MemoryEffects<[MemWrite]>]> {
  let summary = "Waits until at most `pending` groups are under way.";
  let description = [{
    Constraints:
      wait_async_c1: pending is not negative
  }];
  let arguments = (ins I64Attr:$pending);
  let assemblyFormat = "$pending attr-dict";
  let hasVerifier = 1;
}

def G4T_BarrierOp : G4T_Op<"barrier", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "All threads of the work item have come here; scratch is seen by all.";
  let assemblyFormat = "attr-dict";
}

def G4T_ArriveOp : G4T_Op<"arrive", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "This work item has come; whether it is the last of `count`.";
  let description = [{
    Adds one to counter[index]. The item that makes it `count` is the last: it gets
    true, and the counter is zero again. After its arrival the last one reads what
    the others stored before theirs. Every thread of an item gets the same answer;
    it is also a g4t.barrier.

    The counter is zero before the launch: a buffer that the program keeps.

    Constraints:
      arrive_c1: counter is a memref<?xi32>
  }];
  let arguments = (ins AnyMemRef:$counter, Index:$index, Index:$count);
  let results = (outs I1:$is_last);
  let assemblyFormat =
      "$counter `[` $index `]` `of` $count attr-dict `:` type($counter)";
  let hasVerifier = 1;
}

#endif // G4_DIALECTS_TILE_MEMORYOPS_TD
