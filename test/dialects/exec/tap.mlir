// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4x.program @main logits @a page_size 32 {
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
    // CHECK: g4x.tap "layer.0" @a
    g4x.tap "layer.0" @a
  }
}

// -----

// expected-error @+1 {{expects parent op 'g4x.bucket'}}
g4x.tap "layer.0" @a

// -----

g4x.program @tap_c1 logits @a page_size 32 {
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
    // expected-error @+1 {{no g4x.buffer is named @b}}
    g4x.tap "layer.0" @b
  }
}
