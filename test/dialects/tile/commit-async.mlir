// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @commit_async
func.func @commit_async() {
  // CHECK: g4t.commit_async
  g4t.commit_async
  return
}
