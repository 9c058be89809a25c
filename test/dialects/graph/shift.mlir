// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @shift
func.func @shift(%x: tensor<?x8xf32>, %w: !g4q.weight<[8], <f32>>) {
  // CHECK: g4.shift %{{.*}} {factor = -1.000000e+00 : f32} : tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = g4.shift %x {factor = -1.0 : f32} : tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK: g4.shift %{{.*}}, %{{.*}} {factor = 1.000000e+00 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  %1 = g4.shift %x, %w {factor = 1.0 : f32} : tensor<?x8xf32>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @shift_c1(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{result type must equal the type of x}}
  %0 = g4.shift %x {factor = 1.0 : f32} : tensor<?x8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @shift_c2(%x: tensor<?x8xf32>, %w: !g4q.weight<[1], <f32>>) {
  // expected-error @+1 {{weight must have shape [8], got '!g4q.weight<[1], <f32>>'}}
  %0 = g4.shift %x, %w {factor = 1.0 : f32} : tensor<?x8xf32>, !g4q.weight<[1], <f32>> -> tensor<?x8xf32>
  return
}
