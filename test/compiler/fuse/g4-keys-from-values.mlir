// RUN: g4-opt %s -split-input-file -g4-keys-from-values -verify-diagnostics | FileCheck %s

// Two of four pairs rotate: of a key these alone are stored.
g4.weight @freqs : !g4q.weight<[4], <f32>> values dense<[1.0, 0.5, 0.0, 0.0]> : tensor<4xf32>
// CHECK: g4.kv_cache @kv {dtype = bf16, head_dim = 8 : i64, num_kv_heads = 1 : i64, rotated_pairs = 2 : i64, window = 0 : i64}
g4.kv_cache @kv {dtype = bf16, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @keys_are_values
// CHECK: %[[Q:.*]] = g4.qkv_prepare @kv, {{.*}} {epsilon = 1.000000e+00 : f32, k_eq_v}
// CHECK: g4.attention @kv, %[[Q]]
func.func @keys_are_values(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %f = g4.use @freqs : !g4q.weight<[4], <f32>>
  %q = g4.qkv_prepare @kv, %y, %p, %f, %wq keys %wk {epsilon = 1.0 : f32, k_eq_v} : (tensor<?x24xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// All pairs rotate: keys and values share nothing.
g4.weight @freqs : !g4q.weight<[4], <f32>> values dense<[1.0, 0.5, 0.2, 0.1]> : tensor<4xf32>
// CHECK: g4.kv_cache @kv
// CHECK-NOT: rotated_pairs
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
func.func @all_rotate(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %f = g4.use @freqs : !g4q.weight<[4], <f32>>
  %q = g4.qkv_prepare @kv, %y, %p, %f, %wq keys %wk {epsilon = 1.0 : f32, k_eq_v} : (tensor<?x24xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Frequencies that nobody knows yet.
g4.weight @freqs : !g4q.weight<[4], <f32>> parts ["m.freqs"]
// CHECK: g4.kv_cache @kv
// CHECK-NOT: rotated_pairs
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
func.func @unknown(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %f = g4.use @freqs : !g4q.weight<[4], <f32>>
  %q = g4.qkv_prepare @kv, %y, %p, %f, %wq keys %wk {epsilon = 1.0 : f32, k_eq_v} : (tensor<?x24xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Values of their own.
g4.weight @freqs : !g4q.weight<[4], <f32>> values dense<[1.0, 0.5, 0.0, 0.0]> : tensor<4xf32>
// CHECK: g4.kv_cache @kv
// CHECK-NOT: rotated_pairs
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
func.func @own_values(%y: tensor<?x32xf32>, %p: tensor<?xi32>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %f = g4.use @freqs : !g4q.weight<[4], <f32>>
  %q = g4.qkv_prepare @kv, %y, %p, %f, %wq keys %wk {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Another layer's queries do not carry the key norm.
g4.weight @freqs : !g4q.weight<[4], <f32>> values dense<[1.0, 0.5, 0.0, 0.0]> : tensor<4xf32>
// CHECK: g4.kv_cache @kv
// CHECK-NOT: rotated_pairs
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
func.func @two_readers(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>, %r: tensor<?x2x8xf32>) -> tensor<?x2x8xf32> {
  %f = g4.use @freqs : !g4q.weight<[4], <f32>>
  // expected-remark @+1 {{keys are stored whole: other layers attend to them}}
  %q = g4.qkv_prepare @kv, %y, %p, %f, %wq keys %wk {epsilon = 1.0 : f32, k_eq_v} : (tensor<?x24xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  %x = g4.attention @kv, %r, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}
