// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: g4x.program @main logits @l page_size 32 {
g4x.program @main logits @l page_size 32 {
  // CHECK: g4x.buffer @l f32 rows <outputs> cols 8 storage 0
  g4x.buffer @l f32 rows <outputs> cols 8 storage 0
  // CHECK: g4x.bucket max_tokens 1 query_tile 1 {
  g4x.bucket max_tokens 1 query_tile 1 {
  }
  // CHECK: g4x.bucket max_tokens 16 query_tile 4 {
  g4x.bucket max_tokens 16 query_tile 4 {
  }
}

// -----

g4x.program @program_c1 logits @l page_size 32 {
  g4x.buffer @l f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 16 query_tile 1 {
  }
  // expected-error @+1 {{max_tokens must rise from bucket to bucket}}
  g4x.bucket max_tokens 16 query_tile 1 {
  }
}

// -----

// expected-error @+1 {{needs at least one bucket}}
g4x.program @program_c1_none logits @l page_size 32 {
  g4x.buffer @l f32 rows <outputs> cols 8 storage 0
}

// -----

// expected-error @+1 {{no g4x.buffer is named @l}}
g4x.program @program_c2 logits @l page_size 32 {
  g4x.bucket max_tokens 1 query_tile 1 {
  }
}

// -----

// expected-error @+1 {{needs candidate_values and candidate_ids, or neither}}
g4x.program @program_c3 logits @b0 page_size 32 attributes {candidate_ids = @b0} {
  g4x.buffer @b0 f32 rows <outputs> cols 8 storage 0
  g4x.bucket max_tokens 1 query_tile 1 {
  }
}
