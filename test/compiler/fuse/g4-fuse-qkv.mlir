// RUN: g4-opt %s -split-input-file -g4-fuse-qkv -verify-diagnostics | FileCheck %s

// Queries, keys and values of one projection: norms, rope and the write become one op.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @whole
// CHECK-SAME: (%[[Y:.*]]: tensor<?x32xf32>, %[[P:.*]]: tensor<?xi32>, %[[F:.*]]: !g4q.weight<[4], <f32>>, %[[QN:.*]]: !g4q.weight<[8], <f32>>, %[[KN:.*]]: !g4q.weight<[8], <f32>>)
// CHECK-NEXT: %[[Q:.*]] = g4.qkv_prepare @kv, %[[Y]], %[[P]], %[[F]], %[[QN]] keys %[[KN]] {epsilon = 1.000000e+00 : f32} :
// CHECK-NEXT: %[[O:.*]] = g4.attention @kv, %[[Q]], %[[P]]
// CHECK-NEXT: return %[[O]]
func.func @whole(%y: tensor<?x32xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 0} : tensor<?x32xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %wq {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  %k0 = g4.slice %y {offset = 16} : tensor<?x32xf32> -> tensor<?x8xf32>
  %k1 = g4.heads %k0 : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %k2 = g4.rms_norm %k1, %wk {epsilon = 1.0 : f32} : tensor<?x1x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x1x8xf32>
  %k = g4.rope %k2, %p, %f : tensor<?x1x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x1x8xf32>
  %v0 = g4.slice %y {offset = 24} : tensor<?x32xf32> -> tensor<?x8xf32>
  %v1 = g4.heads %v0 : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %v = g4.rms_norm %v1 {epsilon = 1.0 : f32} : tensor<?x1x8xf32> -> tensor<?x1x8xf32>
  g4.kv_write @kv, %k, %v, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Raw keys that are the values as well (k_eq_v).
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @keys_are_values
// CHECK-NEXT: %[[Q:.*]] = g4.qkv_prepare @kv, {{.*}} {epsilon = 1.000000e+00 : f32, k_eq_v} :
// CHECK-NEXT: g4.attention @kv, %[[Q]]
func.func @keys_are_values(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %wq: !g4q.weight<[8], <f32>>, %wk: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 0} : tensor<?x24xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %wq {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  %k0 = g4.slice %y {offset = 16} : tensor<?x24xf32> -> tensor<?x8xf32>
  %k1 = g4.heads %k0 : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %k2 = g4.rms_norm %k1, %wk {epsilon = 1.0 : f32} : tensor<?x1x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x1x8xf32>
  %k = g4.rope %k2, %p, %f : tensor<?x1x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x1x8xf32>
  %v = g4.rms_norm %k1 {epsilon = 1.0 : f32} : tensor<?x1x8xf32> -> tensor<?x1x8xf32>
  g4.kv_write @kv, %k, %v, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// A layer that reads another layer's cache has queries alone.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @shared
// CHECK-NEXT: %[[Q:.*]] = g4.qkv_prepare %arg0, %arg1, %arg2, %arg3 {epsilon = 1.000000e+00 : f32} :
// CHECK-NEXT: g4.attention @kv, %[[Q]]
func.func @shared(%y: tensor<?x16xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %wq: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q1 = g4.heads %y : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %wq {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Queries without a norm are none that the kernel computes.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @no_norm
// CHECK-NOT: g4.qkv_prepare
func.func @no_norm(%q1: tensor<?x2x8xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>) -> tensor<?x2x8xf32> {
  %q = g4.rope %q1, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  // expected-remark @+1 {{q/k norm, rope and KV write not fused: the queries are not a normalised, rotated projection}}
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Projections that were not merged: the keys come from elsewhere.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @not_merged
// CHECK-NOT: g4.qkv_prepare
func.func @not_merged(%y: tensor<?x24xf32>, %z: tensor<?x8xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 0} : tensor<?x24xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %w {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  %k1 = g4.heads %z : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %k2 = g4.rms_norm %k1, %w {epsilon = 1.0 : f32} : tensor<?x1x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x1x8xf32>
  %k = g4.rope %k2, %p, %f : tensor<?x1x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x1x8xf32>
  g4.kv_write @kv, %k, %k2, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  // expected-remark @+1 {{not fused: the projection holds more than queries}}
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}
