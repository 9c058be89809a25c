// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @expert_linear
func.func @expert_linear(%x: tensor<?x4xf32>, %e: tensor<?x2xi32>, %w: !g4q.weight<[8, 6, 4], <f32>>, %v: !g4q.weight<[8, 4, 6], <f32>>) {
  // CHECK: g4.expert_linear %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<?x2xi32>, <[8, 6, 4], <f32>> -> tensor<?x2x6xf32>
  %0 = g4.expert_linear %x, %e, %w : tensor<?x4xf32>, tensor<?x2xi32>, !g4q.weight<[8, 6, 4], <f32>> -> tensor<?x2x6xf32>
  // CHECK: g4.expert_linear %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2x6xf32>, tensor<?x2xi32>, <[8, 4, 6], <f32>> -> tensor<?x2x4xf32>
  %1 = g4.expert_linear %0, %e, %v : tensor<?x2x6xf32>, tensor<?x2xi32>, !g4q.weight<[8, 4, 6], <f32>> -> tensor<?x2x4xf32>
  return
}

// -----

func.func @expert_linear_c1(%x: tensor<?x4xf32>, %e: tensor<?x2xi32>, %w: !g4q.weight<[6, 4], <f32>>) {
  // expected-error @+1 {{w must have shape [E, N, 4], got '!g4q.weight<[6, 4], <f32>>'}}
  %0 = g4.expert_linear %x, %e, %w : tensor<?x4xf32>, tensor<?x2xi32>, !g4q.weight<[6, 4], <f32>> -> tensor<?x2x6xf32>
  return
}

// -----

func.func @expert_linear_c2(%x: tensor<?x3x4xf32>, %e: tensor<?x2xi32>, %w: !g4q.weight<[8, 6, 4], <f32>>) {
  // expected-error @+1 {{x must be [rows, K] or [rows, k, K], got 'tensor<?x3x4xf32>'}}
  %0 = g4.expert_linear %x, %e, %w : tensor<?x3x4xf32>, tensor<?x2xi32>, !g4q.weight<[8, 6, 4], <f32>> -> tensor<?x2x6xf32>
  return
}

// -----

func.func @expert_linear_c3(%x: tensor<?x4xf32>, %e: tensor<?x2xi32>, %w: !g4q.weight<[8, 6, 4], <f32>>) {
  // expected-error @+1 {{result must have shape [rows, 2, 6], got 'tensor<?x6xf32>'}}
  %0 = g4.expert_linear %x, %e, %w : tensor<?x4xf32>, tensor<?x2xi32>, !g4q.weight<[8, 6, 4], <f32>> -> tensor<?x6xf32>
  return
}
