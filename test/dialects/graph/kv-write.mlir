// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 2, window = 0}
// CHECK-LABEL: func @kv_write
func.func @kv_write(%k: tensor<?x2x8xf32>, %v: tensor<?x2x8xf32>, %p: tensor<?xi32>) {
  // CHECK: g4.kv_write @kv, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>
  g4.kv_write @kv, %k, %v, %p : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>
  return
}

// -----

g4.weight @kv : !g4q.weight<[4], <f32>> parts ["m.w"]
func.func @kv_write_c1(%k: tensor<?x2x8xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{no g4.kv_cache is named @kv}}
  g4.kv_write @kv, %k, %k, %p : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 2, window = 0}
func.func @kv_write_c2(%k: tensor<?x1x8xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{keys and values must have shape [rows, 2, 8], got 'tensor<?x1x8xf32>'}}
  g4.kv_write @kv, %k, %k, %p : tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 2, window = 0}
func.func @kv_write_c2_values(%k: tensor<?x2x8xf32>, %v: tensor<?x16xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{keys and values must have shape [rows, 2, 8], got 'tensor<?x16xf32>'}}
  g4.kv_write @kv, %k, %v, %p : tensor<?x2x8xf32>, tensor<?x16xf32>, tensor<?xi32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 2, rotated_pairs = 1, window = 0}
func.func @kv_write_c3(%k: tensor<?x2x8xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{writes whole keys, @kv stores rotated pairs alone}}
  g4.kv_write @kv, %k, %k, %p : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>
  return
}
