// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4x.program @main logits @a page_size 32 {
  // CHECK: g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  // CHECK: g4x.buffer @b bf16 rows <tokens mul 2> cols 1 storage 1
  g4x.buffer @b bf16 rows <tokens mul 2> cols 1 storage 1
  // CHECK: g4x.buffer @c i32 rows <one> cols 1 storage 0
  g4x.buffer @c i32 rows <one> cols 1 storage 0
  // CHECK: g4x.buffer @d i32 rows <key_positions div 64> cols 1 storage 2 persistent
  g4x.buffer @d i32 rows <key_positions div 64> cols 1 storage 2 persistent
  g4x.bucket max_tokens 1 query_tile 1 {
  }
}

// -----

g4x.program @buffer_c1 logits @a page_size 32 {
  // expected-error @+1 {{needs a positive number of cols of f32, bf16 or i32}}
  g4x.buffer @a f32 rows <outputs> cols 0 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
  }
}

// -----

g4x.program @buffer_c1_dtype logits @a page_size 32 {
  // expected-error @+1 {{needs a positive number of cols of f32, bf16 or i32}}
  g4x.buffer @a f16 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
  }
}

// -----

// expected-error @+1 {{expects parent op 'g4x.program'}}
g4x.buffer @buffer_parent f32 rows <outputs> cols 8 storage 0
