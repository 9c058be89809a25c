// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @slice
func.func @slice(%x: tensor<?x8xf32>, %h: tensor<?x2x8xf32>) {
  // CHECK: g4.slice %{{.*}} {offset = 4 : i64} : tensor<?x8xf32> -> tensor<?x4xf32>
  %0 = g4.slice %x {offset = 4} : tensor<?x8xf32> -> tensor<?x4xf32>
  // CHECK: g4.slice %{{.*}} {offset = 0 : i64} : tensor<?x2x8xf32> -> tensor<?x2x3xf32>
  %1 = g4.slice %h {offset = 0} : tensor<?x2x8xf32> -> tensor<?x2x3xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{range [5, 9) is not within 8}}
  %0 = g4.slice %x {offset = 5} : tensor<?x8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @slice_c1_negative(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{range [-1, 3) is not within 8}}
  %0 = g4.slice %x {offset = -1} : tensor<?x8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @slice_c1_dynamic(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{the last dimensions of x and y must be static}}
  %0 = g4.slice %x {offset = 0} : tensor<?x8xf32> -> tensor<?x?xf32>
  return
}

// -----

func.func @slice_c2(%x: tensor<?x2x8xf32>) {
  // expected-error @+1 {{leading dimensions of x and y differ}}
  %0 = g4.slice %x {offset = 0} : tensor<?x2x8xf32> -> tensor<?x4xf32>
  return
}
