// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @tap
func.func @tap(%x: tensor<?x8xf32>) {
  // CHECK: g4.tap "layer.0", %{{.*}} : tensor<?x8xf32>
  g4.tap "layer.0", %x : tensor<?x8xf32>
  return
}

// -----

func.func @tap_scalar(%x: f32) {
  // expected-error @+1 {{expected builtin.tensor, but found 'f32'}}
  g4.tap "layer.0", %x : f32
  return
}
