// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// Every epilogue, with and without what is optional.
// CHECK-LABEL: func @fused_linear
func.func @fused_linear(%x: tensor<?x8xf32>, %u: tensor<?x4xf32>, %e: tensor<?x2xi32>, %w: !g4q.weight<[4, 8], <bf16>>, %n: !g4q.weight<[8], <f32>>, %ew: !g4q.weight<[3, 4, 8], <f32>>) {
  // CHECK: g4.fused_linear %{{.*}}, %{{.*}} none : (tensor<?x8xf32>, !g4q.weight<[4, 8], <bf16>>) -> tensor<?x4xf32>
  %0 = g4.fused_linear %x, %w none : (tensor<?x8xf32>, !g4q.weight<[4, 8], <bf16>>) -> tensor<?x4xf32>
  // CHECK: g4.fused_linear %{{.*}}, %{{.*}} norm %{{.*}} gelu_gated {epsilon = 1.000000e+00 : f32} : ({{.*}}) -> tensor<?x2xf32>
  %1 = g4.fused_linear %x, %w norm %n gelu_gated {epsilon = 1.0 : f32} : (tensor<?x8xf32>, !g4q.weight<[4, 8], <bf16>>, !g4q.weight<[8], <f32>>) -> tensor<?x2xf32>
  // CHECK: g4.fused_linear %{{.*}}, %{{.*}} up %{{.*}} gelu_times : ({{.*}}) -> tensor<?x4xf32>
  %2 = g4.fused_linear %x, %w up %u gelu_times : (tensor<?x8xf32>, !g4q.weight<[4, 8], <bf16>>, tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: g4.fused_linear %{{.*}}, %{{.*}} softcap {cap = 3.000000e+01 : f32} : ({{.*}}) -> tensor<?x4xf32>
  %3 = g4.fused_linear %x, %w softcap {cap = 30.0 : f32} : (tensor<?x8xf32>, !g4q.weight<[4, 8], <bf16>>) -> tensor<?x4xf32>
  // CHECK: g4.fused_linear %{{.*}}, %{{.*}} norm %{{.*}} experts %{{.*}} gelu_gated {epsilon = 1.000000e+00 : f32} : ({{.*}}) -> tensor<?x2x2xf32>
  %4 = g4.fused_linear %x, %ew norm %n experts %e gelu_gated {epsilon = 1.0 : f32} : (tensor<?x8xf32>, !g4q.weight<[3, 4, 8], <f32>>, !g4q.weight<[8], <f32>>, tensor<?x2xi32>) -> tensor<?x2x2xf32>
  return
}

// -----

func.func @fused_linear_c1(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 6], <f32>>) {
  // expected-error @+1 {{w must have rank 2 and a last dimension of 8, got '!g4q.weight<[4, 6], <f32>>'}}
  %0 = g4.fused_linear %x, %w none : (tensor<?x8xf32>, !g4q.weight<[4, 6], <f32>>) -> tensor<?x4xf32>
  return
}

// -----

func.func @fused_linear_c1_experts(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{w must have rank 3 and a last dimension of 8, got '!g4q.weight<[4, 8], <f32>>'}}
  %0 = g4.fused_linear %x, %w experts %e none : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>, tensor<?x2xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @fused_linear_c2(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>, %n: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{epsilon comes with a norm and only with one}}
  %0 = g4.fused_linear %x, %w norm %n none : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>, !g4q.weight<[8], <f32>>) -> tensor<?x4xf32>
  return
}

// -----

func.func @fused_linear_c2_epsilon(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>) {
  // expected-error @+1 {{epsilon comes with a norm and only with one}}
  %0 = g4.fused_linear %x, %w none {epsilon = 1.0 : f32} : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>) -> tensor<?x4xf32>
  return
}

// -----

func.func @fused_linear_c2_shape(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>, %n: !g4q.weight<[4], <f32>>) {
  // expected-error @+1 {{norm must have shape [8], got '!g4q.weight<[4], <f32>>'}}
  %0 = g4.fused_linear %x, %w norm %n none {epsilon = 1.0 : f32} : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>, !g4q.weight<[4], <f32>>) -> tensor<?x4xf32>
  return
}

// -----

func.func @fused_linear_c3(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>) {
  // expected-error @+1 {{result must have rank 2 and a last dimension of 2, got 'tensor<?x4xf32>'}}
  %0 = g4.fused_linear %x, %w gelu_gated : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>) -> tensor<?x4xf32>
  return
}

// -----

func.func @fused_linear_c3_odd(%x: tensor<?x8xf32>, %w: !g4q.weight<[5, 8], <f32>>) {
  // expected-error @+1 {{gelu_gated needs an even number of rows}}
  %0 = g4.fused_linear %x, %w gelu_gated : (tensor<?x8xf32>, !g4q.weight<[5, 8], <f32>>) -> tensor<?x2xf32>
  return
}

// -----

func.func @fused_linear_c3_experts(%x: tensor<?x8xf32>, %w: !g4q.weight<[3, 4, 8], <f32>>, %e: tensor<?x2xi32>) {
  // expected-error @+1 {{experts must have shape [rows, 3], got 'tensor<?x2xi32>'}}
  %0 = g4.fused_linear %x, %w experts %e none : (tensor<?x8xf32>, !g4q.weight<[3, 4, 8], <f32>>, tensor<?x2xi32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @fused_linear_c4(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>) {
  // expected-error @+1 {{up comes with gelu_times and has the result's type}}
  %0 = g4.fused_linear %x, %w gelu_times : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>) -> tensor<?x4xf32>
  return
}

// -----

func.func @fused_linear_c4_type(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>) {
  // expected-error @+1 {{up comes with gelu_times and has the result's type}}
  %0 = g4.fused_linear %x, %w up %x gelu_times : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>, tensor<?x8xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @fused_linear_c5(%x: tensor<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>) {
  // expected-error @+1 {{cap comes with softcap and only with it}}
  %0 = g4.fused_linear %x, %w none {cap = 30.0 : f32} : (tensor<?x8xf32>, !g4q.weight<[4, 8], <f32>>) -> tensor<?x4xf32>
  return
}
