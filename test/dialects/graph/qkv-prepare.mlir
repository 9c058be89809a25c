// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}

// Queries, keys and values; keys that are the values too; queries alone.
// CHECK-LABEL: func @qkv_prepare
func.func @qkv_prepare(%x: tensor<?x32xf32>, %y: tensor<?x24xf32>, %z: tensor<?x16xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // CHECK: g4.qkv_prepare @kv, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} keys %{{.*}} {epsilon = 1.000000e+00 : f32} : ({{.*}}) -> tensor<?x2x8xf32>
  %0 = g4.qkv_prepare @kv, %x, %p, %f, %n keys %n {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  // CHECK: g4.qkv_prepare @kv, {{.*}} {epsilon = 1.000000e+00 : f32, k_eq_v} : ({{.*}}) -> tensor<?x2x8xf32>
  %1 = g4.qkv_prepare @kv, %y, %p, %f, %n keys %n {epsilon = 1.0 : f32, k_eq_v} : (tensor<?x24xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  // CHECK: g4.qkv_prepare %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e+00 : f32} : ({{.*}}) -> tensor<?x2x8xf32>
  %2 = g4.qkv_prepare %z, %p, %f, %n {epsilon = 1.0 : f32} : (tensor<?x16xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
func.func @qkv_prepare_c1(%x: tensor<?x24xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{qkv must have shape [rows, 32], got 'tensor<?x24xf32>'}}
  %0 = g4.qkv_prepare @kv, %x, %p, %f, %n keys %n {epsilon = 1.0 : f32} : (tensor<?x24xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, window = 0}
func.func @qkv_prepare_c2(%x: tensor<?x32xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{a cache comes with a key norm and only with one}}
  %0 = g4.qkv_prepare @kv, %x, %p, %f, %n {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  return
}

// -----

func.func @qkv_prepare_c2_symbol(%x: tensor<?x32xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{no g4.kv_cache with head_dim 8 is named @kv}}
  %0 = g4.qkv_prepare @kv, %x, %p, %f, %n keys %n {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 4, num_kv_heads = 1, window = 0}
func.func @qkv_prepare_c2_head_dim(%x: tensor<?x32xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{no g4.kv_cache with head_dim 8 is named @kv}}
  %0 = g4.qkv_prepare @kv, %x, %p, %f, %n keys %n {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  return
}

// -----

func.func @qkv_prepare_c3(%x: tensor<?x16xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[8], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{norms must have shape [8] and freqs [4]}}
  %0 = g4.qkv_prepare %x, %p, %f, %n {epsilon = 1.0 : f32} : (tensor<?x16xf32>, tensor<?xi32>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  return
}

// -----

func.func @qkv_prepare_c4(%x: tensor<?x16xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{result must be [rows, heads, head_dim], got 'tensor<?x16xf32>'}}
  %0 = g4.qkv_prepare %x, %p, %f, %n {epsilon = 1.0 : f32} : (tensor<?x16xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x16xf32>
  return
}

// -----

g4.kv_cache @kv {dtype = f32, head_dim = 8, num_kv_heads = 1, rotated_pairs = 1, window = 0}
func.func @qkv_prepare_c5(%x: tensor<?x32xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{values must be the raw keys, as @kv stores rotated pairs alone}}
  %0 = g4.qkv_prepare @kv, %x, %p, %f, %n keys %n {epsilon = 1.0 : f32} : (tensor<?x32xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x2x8xf32>
  return
}
