// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @rms_norm
func.func @rms_norm(%x: tensor<?x8xf32>, %w: !g4q.weight<[8], <f32>>) {
  // CHECK: g4.rms_norm %{{.*}}, %{{.*}} {epsilon = 9.99999997E-7 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  %0 = g4.rms_norm %x, %w {epsilon = 1.0e-6 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  // CHECK: g4.rms_norm %{{.*}} {epsilon = 1.000000e+00 : f32} : tensor<?x8xf32> -> tensor<?x8xf32>
  %1 = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{result type must equal the type of x}}
  %0 = g4.rms_norm %x {epsilon = 1.0 : f32} : tensor<?x8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_c2(%x: tensor<?x8xf32>, %w: !g4q.weight<[4], <f32>>) {
  // expected-error @+1 {{weight must have shape [8], got '!g4q.weight<[4], <f32>>'}}
  %0 = g4.rms_norm %x, %w {epsilon = 1.0 : f32} : tensor<?x8xf32>, !g4q.weight<[4], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @rms_norm_c3(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{epsilon must be positive}}
  %0 = g4.rms_norm %x {epsilon = 0.0 : f32} : tensor<?x8xf32> -> tensor<?x8xf32>
  return
}
