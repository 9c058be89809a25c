// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @layer_norm
func.func @layer_norm(%x: tensor<?x8xf32>, %w: !g4q.weight<[8], <f32>>, %b: !g4q.weight<[8], <f32>>) {
  // CHECK: g4.layer_norm %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 9.99999974E-6 : f32} : tensor<?x8xf32>, <[8], <f32>>, <[8], <f32>> -> tensor<?x8xf32>
  %0 = g4.layer_norm %x, %w, %b {epsilon = 1.0e-5 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_norm_c1(%x: tensor<?x8xf32>, %w: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{result type must equal the type of x}}
  %0 = g4.layer_norm %x, %w, %w {epsilon = 1.0e-5 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>> -> tensor<?x4xf32>
  return
}

// -----

func.func @layer_norm_c2(%x: tensor<?x8xf32>, %w: !g4q.weight<[8], <f32>>, %b: !g4q.weight<[4], <f32>>) {
  // expected-error @+1 {{weight and bias must have shape [8], got '!g4q.weight<[4], <f32>>'}}
  %0 = g4.layer_norm %x, %w, %b {epsilon = 1.0e-5 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>>, !g4q.weight<[4], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_norm_c3(%x: tensor<?x8xf32>, %w: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{epsilon must be positive}}
  %0 = g4.layer_norm %x, %w, %w {epsilon = 0.0 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  return
}
