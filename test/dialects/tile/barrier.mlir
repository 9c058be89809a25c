// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @barrier
func.func @barrier() {
  // CHECK: g4t.barrier
  g4t.barrier
  return
}
