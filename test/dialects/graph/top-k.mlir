// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @top_k
func.func @top_k(%l: tensor<?x8xf32>) {
  // CHECK: g4.top_k %{{.*}} : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %w, %e = g4.top_k %l : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
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
