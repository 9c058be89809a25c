// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @yield
func.func @yield(%x: tensor<?x4xf32>) {
  %0 = g4.rows(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
  ^bb0(%a: tensor<?x4xf32>):
    // CHECK: g4.yield %{{.*}} : tensor<?x4xf32>
    g4.yield %a : tensor<?x4xf32>
  }
  return
}

// -----

func.func @yield_parent(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{expects parent op 'g4.rows'}}
  g4.yield %x : tensor<?x4xf32>
}
