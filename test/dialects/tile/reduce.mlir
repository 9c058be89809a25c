// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @reduce
func.func @reduce(%x: tensor<4x8xf32>, %y: tensor<4x8xi32, #g4t.blocked<1, 4, vec = 2>>) {
  // CHECK: g4t.reduce add %{{.*}} : tensor<4x8xf32> -> tensor<4x1xf32>
  %0 = g4t.reduce add %x : tensor<4x8xf32> -> tensor<4x1xf32>
  // CHECK: g4t.reduce max %{{.*}} : tensor<4x8xf32> -> tensor<4x1xf32>
  %1 = g4t.reduce max %x : tensor<4x8xf32> -> tensor<4x1xf32>
  // CHECK: g4t.reduce min %{{.*}} : tensor<4x8xi32, #g4t.blocked<1, 4, vec = 2>> -> tensor<4x1xi32, #g4t.blocked<1, 4, vec = 2>>
  %2 = g4t.reduce min %y : tensor<4x8xi32, #g4t.blocked<1, 4, vec = 2>> -> tensor<4x1xi32, #g4t.blocked<1, 4, vec = 2>>
  return
}

// -----

func.func @reduce_c1(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{[R, C] must become [R, 1] of one type and layout, got 'tensor<4x8xf32>' -> 'tensor<1x8xf32>'}}
  %0 = g4t.reduce add %x : tensor<4x8xf32> -> tensor<1x8xf32>
  return
}

// -----

func.func @reduce_c1_layout(%x: tensor<4x8xf32, #g4t.blocked<1, 4, vec = 2>>) {
  // expected-error @+1 {{[R, C] must become [R, 1] of one type and layout}}
  %0 = g4t.reduce add %x : tensor<4x8xf32, #g4t.blocked<1, 4, vec = 2>> -> tensor<4x1xf32>
  return
}

// -----

func.func @reduce_rank(%x: tensor<8xf32>) {
  // expected-error @+1 {{must be tile [R, C] of}}
  %0 = g4t.reduce add %x : tensor<8xf32> -> tensor<1xf32>
  return
}
