// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @rope
func.func @rope(%x: tensor<?x2x8xf32>, %p: tensor<?xi32>, %f: !g4q.weight<[4], <f32>>) {
  // CHECK: g4.rope %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2x8xf32>, tensor<?xi32>, <[4], <f32>> -> tensor<?x2x8xf32>
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  return
}

// CHECK-LABEL: func @rope_axes
func.func @rope_axes(%x: tensor<?x2x8xf32>, %p: tensor<?x2xi32>, %f: !g4q.weight<[2], <f32>>) {
  // CHECK: g4.rope %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2x8xf32>, tensor<?x2xi32>, <[2], <f32>> -> tensor<?x2x8xf32>
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?x2xi32>, !g4q.weight<[2], <f32>> -> tensor<?x2x8xf32>
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

// -----

func.func @rope_c2_axes(%x: tensor<?x2x8xf32>, %p: tensor<?x2xi32>, %f: !g4q.weight<[4], <f32>>) {
  // expected-error @+1 {{freqs must have shape [2], got '!g4q.weight<[4], <f32>>'}}
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?x2xi32>, !g4q.weight<[4], <f32>> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @rope_c3(%x: tensor<?x2x8xf32>, %p: tensor<?x3xi32>, %f: !g4q.weight<[2], <f32>>) {
  // expected-error @+1 {{positions must be [rows] or [rows, axes], 2 * axes dividing 8, got 'tensor<?x3xi32>'}}
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?x3xi32>, !g4q.weight<[2], <f32>> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @rope_c3_rank(%x: tensor<?x2x8xf32>, %p: tensor<?x2x2xi32>, %f: !g4q.weight<[2], <f32>>) {
  // expected-error @+1 {{positions must be [rows] or [rows, axes]}}
  %0 = g4.rope %x, %p, %f : tensor<?x2x8xf32>, tensor<?x2x2xi32>, !g4q.weight<[2], <f32>> -> tensor<?x2x8xf32>
  return
}
