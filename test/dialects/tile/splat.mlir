// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @splat
func.func @splat(%x: f32, %i: i32) {
  // CHECK: g4t.splat %{{.*}} : f32 -> tensor<4x8xf32>
  %0 = g4t.splat %x : f32 -> tensor<4x8xf32>
  // CHECK: g4t.splat %{{.*}} : i32 -> tensor<1x1xi32>
  %1 = g4t.splat %i : i32 -> tensor<1x1xi32>
  return
}

// -----

func.func @splat_c1(%x: f32) {
  // expected-error @+1 {{scalar and tile must have one element type, got 'f32' and 'tensor<4x8xbf16>'}}
  %0 = g4t.splat %x : f32 -> tensor<4x8xbf16>
  return
}
