//===- ExecOps.td - Dispatches, programs, launches, code ----*- tablegen -*-===//

#ifndef G4_DIALECTS_EXEC_EXECOPS_TD
#define G4_DIALECTS_EXEC_EXECOPS_TD

include "dialects/exec/ExecDialect.td"

def G4X_DispatchOp : G4X_Op<"dispatch"> {
  let summary = "A kernel applied to values: a launch before buffers are planned.";
  let description = [{
    Kernels, grids and params have one entry a bucket of the module. An entry of
    `params` binds the kernel's parameters in order, each to #g4x.operand,
    #g4x.result, #g4x.weight, #g4x.cache_keys, #g4x.cache_values,
    #g4x.cache_key_scales, #g4x.cache_value_scales, #g4x.input,
    #g4x.dim, #g4x.dim_address, #g4x.table, #g4x.table_width or, last of all,
    #g4x.active_items. `result_rows` says how many rows each result has. A bucket whose kernel is the unit attribute launches nothing.

    Constraints:
      dispatch_c1: kernels, grids_x, grids_y and params are equally many
      dispatch_c2: one of result_rows for each result
      dispatch_c3: params are arrays; they name operands and results that exist
      dispatch_c4: kernels are symbols or unit, grids and result_rows are extents
      dispatch_c5: `persistent` names results that exist: their memory is zero at
                   load, is never shared, and keeps what launches leave in it
  }];
  let arguments = (ins Variadic<AnyType>:$inputs, ArrayAttr:$kernels,
                       ArrayAttr:$grids_x, ArrayAttr:$grids_y, ArrayAttr:$params,
                       ArrayAttr:$result_rows, StrAttr:$label,
                       OptionalAttr<DenseI64ArrayAttr>:$persistent);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat =
      "$label `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)";
  let hasVerifier = 1;
}

def G4X_ProgramOp : G4X_Op<"program", [Symbol, IsolatedFromAbove, SingleBlock,
                                       NoTerminator, SymbolTable]> {
  let summary = "What a variant runs in a step.";
  let description = [{
    Constraints:
      program_c1: at least one g4x.bucket, by rising max_tokens
      program_c2: logits names a g4x.buffer
      program_c3: candidate_values and candidate_ids, the largest logits of each
                  row and their ids, come together and name a g4x.buffer each
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$logits,
                       I64Attr:$page_size,
                       OptionalAttr<FlatSymbolRefAttr>:$candidate_values,
                       OptionalAttr<FlatSymbolRefAttr>:$candidate_ids);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat =
      "$sym_name `logits` $logits `page_size` $page_size attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def G4X_BufferOp : G4X_Op<"buffer", [Symbol, HasParent<"ProgramOp">]> {
  let summary = "Memory that lives during one step.";
  let description = [{
    With `persistent`: zero at load, and what a step leaves is there in the next.

    Constraints:
      buffer_c1: cols is positive, dtype f32, bf16 or i32
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$dtype,
                       G4X_ExtentAttr:$rows, I64Attr:$cols, I64Attr:$storage,
                       UnitAttr:$persistent);
  let assemblyFormat = [{
    $sym_name $dtype `rows` $rows `cols` $cols `storage` $storage
    (`persistent` $persistent^)? attr-dict
  }];
  let hasVerifier = 1;
}

def G4X_BucketOp : G4X_Op<"bucket", [HasParent<"ProgramOp">, SingleBlock, NoTerminator]> {
  let summary = "The launches of a step of up to max_tokens rows.";
  let arguments = (ins I64Attr:$max_tokens, I64Attr:$query_tile);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat =
      "`max_tokens` $max_tokens `query_tile` $query_tile attr-dict-with-keyword $body";
}

def G4X_LaunchOp : G4X_Op<"launch", [HasParent<"BucketOp">]> {
  let summary = "One kernel over a grid of work items.";
  let description = [{
    A target that replays recorded steps passes nothing by value that changes from
    step to step: its kernels read sizes at #g4x.dim_address. They may be launched
    with a larger grid_x than the step's, and do nothing in work items at or beyond
    the number at #g4x.active_items.

    Constraints:
      launch_c1: args are of those that g4x.dispatch lists, #g4x.buffer_ref in
                 place of #g4x.operand and #g4x.result
      launch_c2: a #g4x.buffer_ref names a g4x.buffer of the program
      launch_c3: #g4x.active_items is the last argument if there is one
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, G4X_ExtentAttr:$grid_x,
                       G4X_ExtentAttr:$grid_y, ArrayAttr:$args, StrAttr:$label);
  let assemblyFormat =
      "$label $kernel `grid` `(` $grid_x `,` $grid_y `)` `args` $args attr-dict";
  let hasVerifier = 1;
}

def G4X_GeneratorOp : G4X_Op<"generator"> {
  let summary = "The kernel that makes synthetic weights of one dtype and packing.";
  let description = [{
    Runs at load, once for each such weight; its parameters are the weight, then
    the numbers of runtime/artifact/Generator.h. `dtype` and `packing` are spelled
    as in the artifact.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, StrAttr:$dtype, StrAttr:$packing);
  let assemblyFormat = "$kernel `dtype` $dtype `packing` $packing attr-dict";
}

def G4X_TapOp : G4X_Op<"tap", [HasParent<"BucketOp">]> {
  let summary = "A buffer worth looking at after the launch before it.";
  let description = [{
    Constraints:
      tap_c1: buffer names a g4x.buffer of the program
  }];
  let arguments = (ins StrAttr:$name, FlatSymbolRefAttr:$buffer);
  let assemblyFormat = "$name $buffer attr-dict";
  let hasVerifier = 1;
}

def G4X_CodeOp : G4X_Op<"code"> {
  let summary = "Code of all kernels of a target, as the loader takes it.";
  let description = [{
    `format` is "elf_shared_object", "ptx", "cubin" or "hsaco". `kernels` holds the
    symbols in the order of the entries of `scratch_bytes` and `threads`. Where an
    assembler said so, `registers` and `spill_bytes` have what a thread of each
    needs, and `log` is what it said. A back end that counts says what a thread
    does in `work` and `round`: outside of the loops that run as often as the
    step's data say, and in one round of all of those.

    Constraints:
      code_c1: kernels, scratch_bytes and threads are equally many
      code_c2: registers, spill_bytes, work and round, where there are some, as
               well
      code_c3: work and round are arrays of #g4x.work
  }];
  let arguments = (ins StrAttr:$format, StrAttr:$binary, StrArrayAttr:$kernels,
                       DenseI64ArrayAttr:$scratch_bytes, DenseI64ArrayAttr:$threads,
                       OptionalAttr<DenseI64ArrayAttr>:$registers,
                       OptionalAttr<DenseI64ArrayAttr>:$spill_bytes,
                       OptionalAttr<ArrayAttr>:$work, OptionalAttr<ArrayAttr>:$round,
                       OptionalAttr<StrAttr>:$log);
  let assemblyFormat = [{
    $format `kernels` $kernels `scratch` $scratch_bytes `threads` $threads
    `binary` $binary attr-dict
  }];
  let hasVerifier = 1;
}

#endif // G4_DIALECTS_EXEC_EXECOPS_TD
