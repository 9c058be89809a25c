// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @arrive
func.func @arrive(%counter: memref<?xi32>, %i: index) -> i1 {
  // CHECK: g4t.arrive %{{.*}}[%{{.*}}] of %{{.*}} : memref<?xi32>
  %0 = g4t.arrive %counter[%i] of %i : memref<?xi32>
  return %0 : i1
}

// -----

func.func @arrive_c1(%counter: memref<?xf32>, %i: index) {
  // expected-error @+1 {{needs a memref<?xi32> that items share, got 'memref<?xf32>'}}
  %0 = g4t.arrive %counter[%i] of %i : memref<?xf32>
  return
}

// -----

func.func @arrive_c1_scratch(%counter: memref<8xi32, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{needs a memref<?xi32> that items share}}
  %0 = g4t.arrive %counter[%i] of %i : memref<8xi32, #g4t.scratch>
  return
}
