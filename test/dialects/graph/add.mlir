// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @add
func.func @add(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>) {
  // CHECK: g4.add %{{.*}}, %{{.*}} : tensor<?x8xf32>
  %0 = g4.add %a, %b : tensor<?x8xf32>
  return
}

// -----

// The custom form has one type; the generic one can say what the op refuses.
func.func @add_types(%a: tensor<?x8xf32>, %b: tensor<?x4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "g4.add"(%a, %b) : (tensor<?x8xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @add_dtype(%a: tensor<?x8xbf16>) {
  // expected-error @+1 {{must be ranked tensor of 32-bit float values, but got 'tensor<?x8xbf16>'}}
  %0 = g4.add %a, %a : tensor<?x8xbf16>
  return
}
