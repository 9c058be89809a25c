// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @replace_rows
func.func @replace_rows(%x: tensor<?x8xf32>, %s: tensor<?x8xf32>, %r: tensor<?xi32>) {
  // CHECK: g4.replace_rows %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %0 = g4.replace_rows %x, %s, %r : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @replace_rows_c1(%x: tensor<?x8xf32>, %s: tensor<?x8xf32>, %r: tensor<?xi32>) {
  // expected-error @+1 {{x must have rank 2 and the result its type, got 'tensor<?x8xf32>' and 'tensor<?x4xf32>'}}
  %0 = g4.replace_rows %x, %s, %r : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x4xf32>
  return
}

// -----

func.func @replace_rows_c2(%x: tensor<?x8xf32>, %s: tensor<?x4xf32>, %r: tensor<?xi32>) {
  // expected-error @+1 {{source must have shape [rows, 8], got 'tensor<?x4xf32>'}}
  %0 = g4.replace_rows %x, %s, %r : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @replace_rows_c3(%x: tensor<?x8xf32>, %s: tensor<?x8xf32>, %r: tensor<?x1xi32>) {
  // expected-error @+1 {{rows must have shape [rows of x], got 'tensor<?x1xi32>'}}
  %0 = g4.replace_rows %x, %s, %r : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x1xi32> -> tensor<?x8xf32>
  return
}
