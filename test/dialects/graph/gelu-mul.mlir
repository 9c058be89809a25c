// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @gelu_mul
func.func @gelu_mul(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>) {
  // CHECK: g4.gelu_mul %{{.*}}, %{{.*}} : tensor<?x8xf32>
  %0 = g4.gelu_mul %a, %b : tensor<?x8xf32>
  return
}

// -----

func.func @gelu_mul_types(%a: tensor<?x8xf32>, %b: tensor<?x4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "g4.gelu_mul"(%a, %b) : (tensor<?x8xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  return
}
