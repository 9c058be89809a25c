// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4x.program @main logits @a page_size 32 {
  g4x.buffer @a f32 rows <outputs> cols 8 storage 0
  // CHECK: g4x.bucket max_tokens 2147483648 query_tile 4 attributes {note = "last"} {
  g4x.bucket max_tokens 2147483648 query_tile 4 attributes {note = "last"} {
  }
}

// -----

// expected-error @+1 {{expects parent op 'g4x.program'}}
g4x.bucket max_tokens 1 query_tile 4 {
}
