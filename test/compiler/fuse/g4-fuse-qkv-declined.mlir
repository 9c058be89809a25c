// RUN: g4-opt %s -split-input-file -g4-fuse-qkv -verify-diagnostics | FileCheck %s

// Values with a weight in their norm are not what the kernel writes.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @value_weight
// CHECK-NOT: g4.qkv_prepare
func.func @value_weight(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 0} : tensor<?x24xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %w {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  %k0 = g4.slice %y {offset = 16} : tensor<?x24xf32> -> tensor<?x8xf32>
  %k1 = g4.heads %k0 : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %k2 = g4.rms_norm %k1, %w {epsilon = 1.0 : f32} : tensor<?x1x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x1x8xf32>
  %k = g4.rope %k2, %p, %f : tensor<?x1x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x1x8xf32>
  g4.kv_write @kv, %k, %k2, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  // expected-remark @+1 {{not fused: the values are not a normalised projection of the same input}}
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Keys before queries: the kernel takes the heads in one order only.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @order
// CHECK-NOT: g4.qkv_prepare
func.func @order(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 8} : tensor<?x24xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %w {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  // expected-remark @+1 {{not fused: the queries do not come first in their projection}}
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Other frequencies for the keys: the kernel has one table.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @frequencies
// CHECK-NOT: g4.qkv_prepare
func.func @frequencies(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %g: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 0} : tensor<?x24xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %w {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  %k0 = g4.slice %y {offset = 16} : tensor<?x24xf32> -> tensor<?x8xf32>
  %k1 = g4.heads %k0 : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %k2 = g4.rms_norm %k1, %w {epsilon = 1.0 : f32} : tensor<?x1x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x1x8xf32>
  %k = g4.rope %k2, %p, %g : tensor<?x1x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x1x8xf32>
  %v = g4.rms_norm %k1 {epsilon = 1.0 : f32} : tensor<?x1x8xf32> -> tensor<?x1x8xf32>
  g4.kv_write @kv, %k, %v, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  // expected-remark @+1 {{not fused: keys and queries rotate differently}}
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// The kernel has one epsilon.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @epsilons
// CHECK-NOT: g4.qkv_prepare
func.func @epsilons(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 0} : tensor<?x24xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %w {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  %k0 = g4.slice %y {offset = 16} : tensor<?x24xf32> -> tensor<?x8xf32>
  %k1 = g4.heads %k0 : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %k2 = g4.rms_norm %k1, %w {epsilon = 2.0 : f32} : tensor<?x1x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x1x8xf32>
  %k = g4.rope %k2, %p, %f : tensor<?x1x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x1x8xf32>
  %v = g4.rms_norm %k1 {epsilon = 1.0 : f32} : tensor<?x1x8xf32> -> tensor<?x1x8xf32>
  g4.kv_write @kv, %k, %v, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  // expected-remark @+1 {{not fused: the norms of queries, keys and values have other epsilons}}
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}

// -----

// Queries that are read before the write would come too late from the fused op.
g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
// CHECK-LABEL: func @early_reader
// CHECK-NOT: g4.qkv_prepare
func.func @early_reader(%y: tensor<?x24xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %w: !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32> {
  %q0 = g4.slice %y {offset = 0} : tensor<?x24xf32> -> tensor<?x16xf32>
  %q1 = g4.heads %q0 : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %q2 = g4.rms_norm %q1, %w {epsilon = 1.0 : f32} : tensor<?x2x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  %q = g4.rope %q2, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  g4.tap "q", %q : tensor<?x2x8xf32>
  %k0 = g4.slice %y {offset = 16} : tensor<?x24xf32> -> tensor<?x8xf32>
  %k1 = g4.heads %k0 : tensor<?x8xf32> -> tensor<?x1x8xf32>
  %k2 = g4.rms_norm %k1, %w {epsilon = 1.0 : f32} : tensor<?x1x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x1x8xf32>
  %k = g4.rope %k2, %p, %f : tensor<?x1x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x1x8xf32>
  %v = g4.rms_norm %k1 {epsilon = 1.0 : f32} : tensor<?x1x8xf32> -> tensor<?x1x8xf32>
  g4.kv_write @kv, %k, %v, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  // expected-remark @+1 {{not fused: the queries are read before the keys are written}}
  %o = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}
