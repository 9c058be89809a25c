// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @heads
func.func @heads(%x: tensor<?x8xf32>) {
  // CHECK: g4.heads %{{.*}} : tensor<?x8xf32> -> tensor<?x2x4xf32>
  %0 = g4.heads %x : tensor<?x8xf32> -> tensor<?x2x4xf32>
  // CHECK: g4.heads %{{.*}} : tensor<?x2x4xf32> -> tensor<?x8xf32>
  %1 = g4.heads %0 : tensor<?x2x4xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @heads_c1(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{needs [rows, heads * D] and [rows, heads, D], got 'tensor<?x8xf32>' and 'tensor<?x2x3xf32>'}}
  %0 = g4.heads %x : tensor<?x8xf32> -> tensor<?x2x3xf32>
  return
}

// -----

func.func @heads_c1_same_rank(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{needs [rows, heads * D] and [rows, heads, D]}}
  %0 = g4.heads %x : tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

// The ranks add up to 5 here as well, and the sizes agree.
func.func @heads_c1_scalar(%x: tensor<f32>) {
  // expected-error @+1 {{needs [rows, heads * D] and [rows, heads, D]}}
  %0 = g4.heads %x : tensor<f32> -> tensor<1x1x1x1x0xf32>
  return
}
