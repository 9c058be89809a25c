// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @single
func.func @single(%m: memref<1xi32>, %i: index, %v: i32) {
  // CHECK: g4t.single {
  g4t.single {
    // CHECK-NEXT: memref.store
    memref.store %v, %m[%i] : memref<1xi32>
  }
  return
}
