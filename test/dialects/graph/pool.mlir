// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @pool
func.func @pool(%x: tensor<?x8xf32>, %r: tensor<?x9xi32>) {
  // CHECK: g4.pool %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x9xi32> -> tensor<?x8xf32>
  %0 = g4.pool %x, %r : tensor<?x8xf32>, tensor<?x9xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @pool_c1(%x: tensor<?x8xf32>, %r: tensor<?x9xi32>) {
  // expected-error @+1 {{x and the result must have rank 2 and one last dimension, got 'tensor<?x8xf32>' and 'tensor<?x4xf32>'}}
  %0 = g4.pool %x, %r : tensor<?x8xf32>, tensor<?x9xi32> -> tensor<?x4xf32>
  return
}

// -----

func.func @pool_c1_rank(%x: tensor<?x2x8xf32>, %r: tensor<?x9xi32>) {
  // expected-error @+1 {{x and the result must have rank 2 and one last dimension}}
  %0 = g4.pool %x, %r : tensor<?x2x8xf32>, tensor<?x9xi32> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @pool_c2(%x: tensor<?x8xf32>, %r: tensor<?xi32>) {
  // expected-error @+1 {{rows must have shape [rows of the result, count], got 'tensor<?xi32>'}}
  %0 = g4.pool %x, %r : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @pool_c2_none(%x: tensor<?x8xf32>, %r: tensor<?x0xi32>) {
  // expected-error @+1 {{rows must have shape [rows of the result, count]}}
  %0 = g4.pool %x, %r : tensor<?x8xf32>, tensor<?x0xi32> -> tensor<?x8xf32>
  return
}
