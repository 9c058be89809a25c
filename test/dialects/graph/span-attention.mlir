// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @span_attention
func.func @span_attention(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %v: tensor<?x2x8xf32>, %b: tensor<?xi32>, %e: tensor<?xi32>) {
  // CHECK: g4.span_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {scale = 1.000000e+00 : f32} : (tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4x8xf32>
  %0 = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32} : (tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4x8xf32>
  return
}

// -----

func.func @span_attention_c1(%q: tensor<?x32xf32>, %k: tensor<?x2x8xf32>, %v: tensor<?x2x8xf32>, %b: tensor<?xi32>, %e: tensor<?xi32>) {
  // expected-error @+1 {{q must be [rows, heads, D] and the result of its type, got 'tensor<?x32xf32>'}}
  %0 = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32} : (tensor<?x32xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x32xf32>
  return
}

// -----

func.func @span_attention_c1_result(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %v: tensor<?x2x8xf32>, %b: tensor<?xi32>, %e: tensor<?xi32>) {
  // expected-error @+1 {{q must be [rows, heads, D] and the result of its type}}
  %0 = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32} : (tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x32xf32>
  return
}

// -----

func.func @span_attention_c2(%q: tensor<?x4x8xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x16xf32>, %b: tensor<?xi32>, %e: tensor<?xi32>) {
  // expected-error @+1 {{k and v must have one type [rows, heads, 8], got 'tensor<?x2x16xf32>'}}
  %0 = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32} : (tensor<?x4x8xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4x8xf32>
  return
}

// -----

func.func @span_attention_c2_values(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %v: tensor<?x4x8xf32>, %b: tensor<?xi32>, %e: tensor<?xi32>) {
  // expected-error @+1 {{k and v must have one type [rows, heads, 8]}}
  %0 = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32} : (tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x4x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4x8xf32>
  return
}

// -----

func.func @span_attention_c2_heads(%q: tensor<?x4x8xf32>, %k: tensor<?x3x8xf32>, %v: tensor<?x3x8xf32>, %b: tensor<?xi32>, %e: tensor<?xi32>) {
  // expected-error @+1 {{3 KV heads do not divide 4 query heads}}
  %0 = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32} : (tensor<?x4x8xf32>, tensor<?x3x8xf32>, tensor<?x3x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4x8xf32>
  return
}

// -----

func.func @span_attention_c3(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %v: tensor<?x2x8xf32>, %b: tensor<?xi32>, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{begins and ends must have shape [rows], got 'tensor<?x2xi32>'}}
  %0 = g4.span_attention %q, %k, %v, %b, %e {scale = 1.0 : f32} : (tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x2xi32>) -> tensor<?x4x8xf32>
  return
}
