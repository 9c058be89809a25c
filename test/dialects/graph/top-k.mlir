// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @top_k
func.func @top_k(%l: tensor<?x8xf32>) {
  // CHECK: g4.top_k %{{.*}} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %w, %e = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  // CHECK: g4.top_k %{{.*}} {skip_below = 2.500000e-01 : f32} : tensor<?x8xf32>
  %v, %f = g4.top_k %l {skip_below = 0.25 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

func.func @top_k_c1(%l: tensor<?x8xf32>) {
  // expected-error @+1 {{results must be [rows, k] with 1 <= k <= 8, got 'tensor<?x9xf32>' and 'tensor<?x9xi32>'}}
  %w, %e = g4.top_k %l : tensor<?x8xf32> -> tensor<?x9xf32>, tensor<?x9xi32>
  return
}

// -----

func.func @top_k_c1_none(%l: tensor<?x8xf32>) {
  // expected-error @+1 {{results must be [rows, k] with 1 <= k <= 8}}
  %w, %e = g4.top_k %l : tensor<?x8xf32> -> tensor<?x0xf32>, tensor<?x0xi32>
  return
}

// -----

func.func @top_k_c1_differ(%l: tensor<?x8xf32>) {
  // expected-error @+1 {{results must be [rows, k] with 1 <= k <= 8}}
  %w, %e = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x3xi32>
  return
}

// -----

func.func @top_k_c2(%l: tensor<?x8xf32>) {
  // expected-error @+1 {{skip_below must be from 0 to 1/2, got 7.5}}
  %w, %e = g4.top_k %l {skip_below = 0.75 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}

// -----

func.func @top_k_c2_negative(%l: tensor<?x8xf32>) {
  // expected-error @+1 {{skip_below must be from 0 to 1/2}}
  %w, %e = g4.top_k %l {skip_below = -0.1 : f32} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  return
}
