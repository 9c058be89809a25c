// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @clamp
func.func @clamp(%x: tensor<?x8xf32>, %l: !g4q.weight<[1], <f32>>, %h: !g4q.weight<[1], <f32>>) {
  // CHECK: g4.clamp %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8xf32>, <[1], <f32>>, <[1], <f32>> -> tensor<?x8xf32>
  %0 = g4.clamp %x, %l, %h : tensor<?x8xf32>, !g4q.weight<[1], <f32>>, !g4q.weight<[1], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @clamp_c1(%x: tensor<?x8xf32>, %l: !g4q.weight<[1], <f32>>) {
  // expected-error @+1 {{result type must equal the type of x}}
  %0 = g4.clamp %x, %l, %l : tensor<?x8xf32>, !g4q.weight<[1], <f32>>, !g4q.weight<[1], <f32>> -> tensor<?x4xf32>
  return
}

// -----

func.func @clamp_c2(%x: tensor<?x8xf32>, %l: !g4q.weight<[1], <f32>>, %h: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{low and high must have shape [1], got '!g4q.weight<[8], <f32>>'}}
  %0 = g4.clamp %x, %l, %h : tensor<?x8xf32>, !g4q.weight<[1], <f32>>, !g4q.weight<[8], <f32>> -> tensor<?x8xf32>
  return
}
