// RUN: g4-opt %s -g4-quantize-weights=weights=int4 -verify-diagnostics | FileCheck %s

// A matrix of whole groups of 32 columns gets integers with a scale a group, and so do its readers.
// CHECK: g4.weight @q : !g4q.weight<[8, 64], <i4, group = 32, scale = bf16>> parts ["m.q"]
g4.weight @q : !g4q.weight<[8, 64], <f32>> parts ["m.q"]

// CHECK: g4.weight @experts : !g4q.weight<[2, 8, 32], <i4, group = 32, scale = bf16>> parts ["m.e"]
g4.weight @experts : !g4q.weight<[2, 8, 32], <f32>> parts ["m.e"]

// Rows that have a part of a group stay bf16, with a remark.
// CHECK: g4.weight @odd : !g4q.weight<[8, 48], <bf16>> parts ["m.odd"]
// expected-remark @+1 {{stays bf16: its rows of 48 have no whole groups of 32}}
g4.weight @odd : !g4q.weight<[8, 48], <f32>> parts ["m.odd"]

// Tables stay bf16 and the router f32, without one.
// CHECK: g4.weight @embed : !g4q.weight<[16, 64], <bf16>> class embedding parts ["m.embed"]
g4.weight @embed : !g4q.weight<[16, 64], <f32>> class embedding parts ["m.embed"]
// CHECK: g4.weight @router : !g4q.weight<[16, 64], <f32>> class router parts ["m.r"]
g4.weight @router : !g4q.weight<[16, 64], <f32>> class router parts ["m.r"]

// Keys and values are bf16.
// CHECK: g4.kv_cache @kv {dtype = bf16,
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}

// CHECK-LABEL: func @readers
func.func @readers(%ids: tensor<?xi32>) -> tensor<?x8xf32> {
  // CHECK: g4.use @embed : <[16, 64], <bf16>>
  %t = g4.use @embed : !g4q.weight<[16, 64], <f32>>
  // The constant is rounded with its table.
  // CHECK: {scale = 5.300000e+01 : f32}
  %e = g4.embed %ids, %t {scale = 53.066 : f32} : tensor<?xi32>, !g4q.weight<[16, 64], <f32>> -> tensor<?x64xf32>
  // CHECK: %[[W:.*]] = g4.use @q : <[8, 64], <i4, group = 32, scale = bf16>>
  %q = g4.use @q : !g4q.weight<[8, 64], <f32>>
  // CHECK: g4.linear %{{.*}}, %[[W]]
  %y = g4.linear %e, %q : tensor<?x64xf32>, !g4q.weight<[8, 64], <f32>> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
