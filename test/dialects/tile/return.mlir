// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: g4t.kernel @return
g4t.kernel @return() grid(%i, %j) threads 1 {
  // CHECK: g4t.return
  g4t.return
}

// -----

func.func @return_parent() {
  // expected-error @+1 {{expects parent op 'g4t.kernel'}}
  g4t.return
}
