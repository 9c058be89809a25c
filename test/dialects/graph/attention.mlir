// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 2, window = 0}
// CHECK-LABEL: func @attention
func.func @attention(%q: tensor<?x4x8xf32>, %p: tensor<?xi32>) {
  // CHECK: g4.attention @kv, %{{.*}}, %{{.*}} {scale = 1.000000e+00 : f32} : tensor<?x4x8xf32>, tensor<?xi32> -> tensor<?x4x8xf32>
  %0 = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x4x8xf32>, tensor<?xi32> -> tensor<?x4x8xf32>
  return
}

// CHECK-LABEL: func @attention_ends
func.func @attention_ends(%q: tensor<?x4x8xf32>, %p: tensor<?xi32>, %e: tensor<?xi32>) {
  // CHECK: g4.attention @kv, %{{.*}}, %{{.*}} ends %{{.*}} {scale = 1.000000e+00 : f32} : tensor<?x4x8xf32>, tensor<?xi32>, tensor<?xi32> -> tensor<?x4x8xf32>
  %0 = g4.attention @kv, %q, %p ends %e {scale = 1.0 : f32} : tensor<?x4x8xf32>, tensor<?xi32>, tensor<?xi32> -> tensor<?x4x8xf32>
  return
}

// -----

func.func @attention_c1(%q: tensor<?x4x8xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{no g4.kv_cache is named @kv}}
  %0 = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x4x8xf32>, tensor<?xi32> -> tensor<?x4x8xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 16, num_kv_heads = 2, window = 0}
func.func @attention_c2(%q: tensor<?x4x8xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{q must be [rows, heads, 16] and the result of its type, got 'tensor<?x4x8xf32>'}}
  %0 = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x4x8xf32>, tensor<?xi32> -> tensor<?x4x8xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 2, window = 0}
func.func @attention_c2_result(%q: tensor<?x4x8xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{q must be [rows, heads, 8] and the result of its type}}
  %0 = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x4x8xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 3, window = 0}
func.func @attention_c3(%q: tensor<?x4x8xf32>, %p: tensor<?xi32>) {
  // expected-error @+1 {{3 KV heads do not divide 4 query heads}}
  %0 = g4.attention @kv, %q, %p {scale = 1.0 : f32} : tensor<?x4x8xf32>, tensor<?xi32> -> tensor<?x4x8xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 2, window = 0}
func.func @attention_c4(%q: tensor<?x4x8xf32>, %p: tensor<?xi32>, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{ends must have the type of positions, got 'tensor<?x2xi32>'}}
  %0 = g4.attention @kv, %q, %p ends %e {scale = 1.0 : f32} : tensor<?x4x8xf32>, tensor<?xi32>, tensor<?x2xi32> -> tensor<?x4x8xf32>
  return
}
