// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: g4.kv_cache @window {dtype = bf16, head_dim = 8 : i64, num_kv_heads = 2 : i64, window = 16 : i64}
g4.kv_cache @window {dtype = bf16, head_dim = 8, num_kv_heads = 2, window = 16}
// CHECK: g4.kv_cache @global {dtype = f32, head_dim = 8 : i64, num_kv_heads = 2 : i64, window = 0 : i64}
g4.kv_cache @global {dtype = f32, head_dim = 8, num_kv_heads = 2, window = 0}
// CHECK: g4.kv_cache @pairs {dtype = i8, head_dim = 8 : i64, num_kv_heads = 2 : i64, rotated_pairs = 1 : i64, window = 0 : i64}
g4.kv_cache @pairs {dtype = i8, head_dim = 8, num_kv_heads = 2, rotated_pairs = 1, window = 0}
// CHECK: g4.kv_cache @fp8 {dtype = f8E4M3FN,
g4.kv_cache @fp8 {dtype = f8E4M3FN, head_dim = 8, num_kv_heads = 2, window = 0}

// -----

// expected-error @+1 {{needs window >= 0, num_kv_heads > 0 and an even head_dim > 0}}
g4.kv_cache @kv_cache_c1 {dtype = f32, head_dim = 7, num_kv_heads = 2, window = 0}

// -----

// expected-error @+1 {{needs window >= 0, num_kv_heads > 0 and an even head_dim > 0}}
g4.kv_cache @kv_cache_c1_heads {dtype = f32, head_dim = 8, num_kv_heads = 0, window = 0}

// -----

// expected-error @+1 {{needs window >= 0, num_kv_heads > 0 and an even head_dim > 0}}
g4.kv_cache @kv_cache_c1_window {dtype = f32, head_dim = 8, num_kv_heads = 1, window = -1}

// -----

// expected-error @+1 {{dtype must be f32, bf16, i8 or f8E4M3FN, got 'f16'}}
g4.kv_cache @kv_cache_c2 {dtype = f16, head_dim = 8, num_kv_heads = 2, window = 0}

// -----

// expected-error @+1 {{rotated_pairs must be above 0 and below 4, got 4}}
g4.kv_cache @kv_cache_c3 {dtype = f32, head_dim = 8, num_kv_heads = 2, rotated_pairs = 4, window = 0}

// -----

// expected-error @+1 {{rotated_pairs must be above 0 and below 4, got 0}}
g4.kv_cache @kv_cache_c3_none {dtype = f32, head_dim = 8, num_kv_heads = 2, rotated_pairs = 0, window = 0}
