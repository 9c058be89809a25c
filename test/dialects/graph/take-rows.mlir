// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @take_rows
func.func @take_rows(%x: tensor<?x8xf32>, %r: tensor<?xi32>) {
  // CHECK: g4.take_rows %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %0 = g4.take_rows %x, %r : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @take_rows_c1(%x: tensor<?x8xf32>, %r: tensor<?xi32>) {
  // expected-error @+1 {{result must have shape [rows of indices, 8], got 'tensor<?x4xf32>'}}
  %0 = g4.take_rows %x, %r : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x4xf32>
  return
}

// -----

func.func @take_rows_c1_rows(%x: tensor<?x8xf32>, %r: tensor<2xi32>) {
  // expected-error @+1 {{result must have shape [rows of indices, 8], got 'tensor<3x8xf32>'}}
  %0 = g4.take_rows %x, %r : tensor<?x8xf32>, tensor<2xi32> -> tensor<3x8xf32>
  return
}

// -----

func.func @take_rows_c1_scalar(%x: tensor<?x8xf32>, %r: tensor<i32>) {
  // expected-error @+1 {{result must have shape [rows of indices, 8]}}
  %0 = g4.take_rows %x, %r : tensor<?x8xf32>, tensor<i32> -> tensor<?x8xf32>
  return
}
