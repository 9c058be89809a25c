// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @expert_sum
func.func @expert_sum(%x: tensor<?x2x4xf32>, %w: tensor<?x2xf32>) {
  // CHECK: g4.expert_sum %{{.*}}, %{{.*}} : tensor<?x2x4xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
  %0 = g4.expert_sum %x, %w : tensor<?x2x4xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @expert_sum_c1(%x: tensor<?x2x4xf32>, %w: tensor<?x3xf32>) {
  // expected-error @+1 {{needs x [rows, k, N], weights [rows, k] and a result [rows, N]}}
  %0 = g4.expert_sum %x, %w : tensor<?x2x4xf32>, tensor<?x3xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @expert_sum_c1_result(%x: tensor<?x2x4xf32>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{needs x [rows, k, N], weights [rows, k] and a result [rows, N]}}
  %0 = g4.expert_sum %x, %w : tensor<?x2x4xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  return
}
