// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @wait_async
func.func @wait_async() {
  // CHECK: g4t.wait_async 0
  g4t.wait_async 0
  // CHECK: g4t.wait_async 2
  g4t.wait_async 2
  return
}

// -----

func.func @wait_async_c1() {
  // expected-error @+1 {{pending must not be negative}}
  g4t.wait_async -1
  return
}
