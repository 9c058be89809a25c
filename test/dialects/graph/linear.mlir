// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @linear
func.func @linear(%x: tensor<?x8xf32>, %h: tensor<?x2x8xf32>, %w: !g4q.weight<[4, 8], <bf16>>) {
  // CHECK: g4.linear %{{.*}}, %{{.*}} : tensor<?x8xf32>, <[4, 8], <bf16>> -> tensor<?x4xf32>
  %0 = g4.linear %x, %w : tensor<?x8xf32>, !g4q.weight<[4, 8], <bf16>> -> tensor<?x4xf32>
  // CHECK: g4.linear %{{.*}}, %{{.*}} : tensor<?x2x8xf32>, <[4, 8], <bf16>> -> tensor<?x2x4xf32>
  %1 = g4.linear %h, %w : tensor<?x2x8xf32>, !g4q.weight<[4, 8], <bf16>> -> tensor<?x2x4xf32>
  return
}

// -----

func.func @linear_c1(%x: tensor<?x8xf32>, %w: !g4q.weight<[8, 4], <f32>>) {
  // expected-error @+1 {{w must have shape [N, 8], got '!g4q.weight<[8, 4], <f32>>'}}
  %0 = g4.linear %x, %w : tensor<?x8xf32>, !g4q.weight<[8, 4], <f32>> -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c1_rank(%x: tensor<?x8xf32>, %w: !g4q.weight<[2, 4, 8], <f32>>) {
  // expected-error @+1 {{w must have shape [N, 8], got '!g4q.weight<[2, 4, 8], <f32>>'}}
  %0 = g4.linear %x, %w : tensor<?x8xf32>, !g4q.weight<[2, 4, 8], <f32>> -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>) {
  // expected-error @+1 {{result must have shape [..., 4], got 'tensor<?x8xf32>'}}
  %0 = g4.linear %x, %w : tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @linear_c2_leading(%x: tensor<?x2x8xf32>, %w: !g4q.weight<[4, 8], <f32>>) {
  // expected-error @+1 {{result must have shape [..., 4], got 'tensor<?x4xf32>'}}
  %0 = g4.linear %x, %w : tensor<?x2x8xf32>, !g4q.weight<[4, 8], <f32>> -> tensor<?x4xf32>
  return
}
