// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @iota
func.func @iota() {
  // CHECK: g4t.iota 0 : tensor<4x8xi32>
  %0 = g4t.iota 0 : tensor<4x8xi32>
  // CHECK: g4t.iota 1 : tensor<4x8xi32>
  %1 = g4t.iota 1 : tensor<4x8xi32>
  return
}

// -----

func.func @iota_c1() {
  // expected-error @+1 {{dim must be 0 or 1 and the element type i32}}
  %0 = g4t.iota 2 : tensor<4x8xi32>
  return
}

// -----

func.func @iota_c1_type() {
  // expected-error @+1 {{dim must be 0 or 1 and the element type i32}}
  %0 = g4t.iota 0 : tensor<4x8xf32>
  return
}

// -----

func.func @iota_rank() {
  // expected-error @+1 {{must be tile [R, C] of}}
  %0 = g4t.iota 0 : tensor<8xi32>
  return
}
