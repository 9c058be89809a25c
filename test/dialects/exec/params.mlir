// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// What a kernel's parameter can be bound to, each with each of its words.
// CHECK: places = [#g4x.operand<0>, #g4x.result<1>, #g4x.weight<@w>, #g4x.buffer_ref<@b>, #g4x.cache_keys<@kv>, #g4x.cache_values<@kv>]
func.func private @places() attributes {places = [#g4x.operand<0>, #g4x.result<1>, #g4x.weight<@w>, #g4x.buffer_ref<@b>, #g4x.cache_keys<@kv>, #g4x.cache_values<@kv>]}

// CHECK: inputs = [#g4x.input<token_ids>, #g4x.input<positions>, #g4x.input<slots>, #g4x.input<visible_ends>, #g4x.input<output_rows>, #g4x.input<tile_first_rows>, #g4x.input<tile_num_rows>]
func.func private @inputs() attributes {inputs = [#g4x.input<token_ids>, #g4x.input<positions>, #g4x.input<slots>, #g4x.input<visible_ends>, #g4x.input<output_rows>, #g4x.input<tile_first_rows>, #g4x.input<tile_num_rows>]}

// CHECK: sizes = [#g4x.dim<one>, #g4x.dim<tokens>, #g4x.dim<outputs>, #g4x.dim<query_tiles>]
func.func private @sizes() attributes {sizes = [#g4x.dim<one>, #g4x.dim<tokens>, #g4x.dim<outputs>, #g4x.dim<query_tiles>]}

// CHECK: tables = [#g4x.table<window>, #g4x.table<pages>, #g4x.table_width<window>, #g4x.table_width<pages>]
func.func private @tables() attributes {tables = [#g4x.table<window>, #g4x.table<pages>, #g4x.table_width<window>, #g4x.table_width<pages>]}

// -----

// expected-error @+2 {{expected ::g4::exec::StepInput to be one of}}
// expected-error @+1 {{failed to parse}}
func.func private @input_word() attributes {input = #g4x.input<tokens>}

// -----

// expected-error @+2 {{expected ::g4::exec::PageTable to be one of}}
// expected-error @+1 {{failed to parse}}
func.func private @table_word() attributes {table = #g4x.table<ring>}
