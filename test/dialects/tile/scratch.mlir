// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: g4t.kernel @scratch
g4t.kernel @scratch() grid(%i, %j) threads 1 {
  // CHECK: g4t.scratch : memref<4x8xf32, #g4t.scratch>
  %0 = g4t.scratch : memref<4x8xf32, #g4t.scratch>
  g4t.return
}

// -----

g4t.kernel @scratch_c1() grid(%i, %j) threads 1 {
  // expected-error @+1 {{needs a static memref in memory space #g4t.scratch, directly in a kernel, got 'memref<?x8xf32, #g4t.scratch>'}}
  %0 = g4t.scratch : memref<?x8xf32, #g4t.scratch>
  g4t.return
}

// -----

g4t.kernel @scratch_c1_space() grid(%i, %j) threads 1 {
  // expected-error @+1 {{needs a static memref in memory space #g4t.scratch}}
  %0 = g4t.scratch : memref<4x8xf32>
  g4t.return
}

// -----

g4t.kernel @scratch_c1_nested() grid(%i, %j) threads 1 {
  scf.for %k = %i to %j step %j {
    // expected-error @+1 {{directly in a kernel}}
    %0 = g4t.scratch : memref<4x8xf32, #g4t.scratch>
  }
  g4t.return
}
