// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @rope
func.func @rope(%x: tensor<?x2x8xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>) {
  // CHECK: g4.rope %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2x8xf32>, tensor<?xi32>, <[4], <f32>> -> tensor<?x2x8xf32>
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @rope_c1(%x: tensor<?x8xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>) {
  // expected-error @+1 {{x must be [rows, heads, even D] and the result of its type, got 'tensor<?x8xf32>'}}
  %0 = g4.rope %x, %p, %f : tensor<?x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x8xf32>
  return
}

// -----

func.func @rope_c1_odd(%x: tensor<?x2x7xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[3], <f32>>) {
  // expected-error @+1 {{x must be [rows, heads, even D]}}
  %0 = g4.rope %x, %p, %f : tensor<?x2x7xf32>, tensor<?xi32>, !g4q.weight<[3], <f32>> -> tensor<?x2x7xf32>
  return
}

// -----

func.func @rope_c1_result(%x: tensor<?x2x8xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>) {
  // expected-error @+1 {{x must be [rows, heads, even D] and the result of its type}}
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x4x8xf32>
  return
}

// -----

func.func @rope_c2(%x: tensor<?x2x8xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[8], <f32>>) {
  // expected-error @+1 {{freqs must have shape [4], got '!g4q.weight<[8], <f32>>'}}
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[8], <f32>> -> tensor<?x2x8xf32>
  return
}
