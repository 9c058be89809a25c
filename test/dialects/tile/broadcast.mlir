// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @broadcast
func.func @broadcast(%x: tensor<4x1xf32>, %y: tensor<1x8xi1>) {
  // CHECK: g4t.broadcast %{{.*}} : tensor<4x1xf32> -> tensor<4x8xf32>
  %0 = g4t.broadcast %x : tensor<4x1xf32> -> tensor<4x8xf32>
  // CHECK: g4t.broadcast %{{.*}} : tensor<1x8xi1> -> tensor<4x8xi1>
  %1 = g4t.broadcast %y : tensor<1x8xi1> -> tensor<4x8xi1>
  return
}

// -----

func.func @broadcast_c1(%x: tensor<4x2xf32>) {
  // expected-error @+1 {{a dimension of size 1 can be repeated, nothing else may change, got 'tensor<4x2xf32>' -> 'tensor<4x8xf32>'}}
  %0 = g4t.broadcast %x : tensor<4x2xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @broadcast_c1_type(%x: tensor<4x1xf32>) {
  // expected-error @+1 {{nothing else may change}}
  %0 = g4t.broadcast %x : tensor<4x1xf32> -> tensor<4x8xbf16>
  return
}
