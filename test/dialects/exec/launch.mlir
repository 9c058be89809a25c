// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4x.program @main logits @a page_size 32 {
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
    // CHECK: g4x.launch "head" @k grid(<outputs div 4>, <one>) args [#g4x.weight<@w>, #g4x.buffer_ref<@a>, #g4x.dim<outputs>]
    g4x.launch "head" @k grid(<outputs div 4>, <one>) args [#g4x.weight<@w>, #g4x.buffer_ref<@a>, #g4x.dim<outputs>]
    // CHECK: g4x.launch "head" @l grid(<outputs>, <one>) args [#g4x.dim_address<outputs>, #g4x.active_items]
    g4x.launch "head" @l grid(<outputs>, <one>) args [#g4x.dim_address<outputs>, #g4x.active_items]
  }
}

// -----

// expected-error @+1 {{expects parent op 'g4x.bucket'}}
g4x.launch "head" @k grid(<one>, <one>) args []

// -----

g4x.program @launch_c1 logits @a page_size 32 {
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
    // expected-error @+1 {{cannot pass #g4x.operand<0>}}
    g4x.launch "head" @k grid(<one>, <one>) args [#g4x.operand<0>]
  }
}

// -----

g4x.program @launch_c2 logits @a page_size 32 {
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
    // expected-error @+1 {{no g4x.buffer is named @b}}
    g4x.launch "head" @k grid(<one>, <one>) args [#g4x.buffer_ref<@b>]
  }
}

// -----

g4x.program @launch_c3 logits @a page_size 32 {
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
    // expected-error @+1 {{#g4x.active_items must be the last argument}}
    g4x.launch "head" @k grid(<one>, <one>) args [#g4x.active_items, #g4x.buffer_ref<@a>]
  }
}
