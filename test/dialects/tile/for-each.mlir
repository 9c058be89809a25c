// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @for_each
func.func @for_each(%m: memref<?xi32>, %n: index, %v: i32) {
  // CHECK: g4t.for_each %[[I:.*]] below %{{.*}} attributes {note = "x"} {
  g4t.for_each %i below %n attributes {note = "x"} {
    // CHECK-NEXT: memref.store %{{.*}}, %{{.*}}[%[[I]]]
    memref.store %v, %m[%i] : memref<?xi32>
  }
  return
}

// -----

func.func @for_each_c1(%n: index) {
  // expected-error @+1 {{the block must have one argument, an index}}
  "g4t.for_each"(%n) ({
  ^bb0(%i: index, %j: index):
  }) : (index) -> ()
  return
}

// -----

func.func @for_each_c2(%n: index) {
  g4t.for_each %i below %n {
    // expected-error @+1 {{is not scalar code, which g4t.for_each needs}}
    g4t.barrier
  }
  return
}

// -----

func.func @for_each_c2_tile(%n: index) {
  g4t.for_each %i below %n {
    // expected-error @+1 {{is not scalar code, which g4t.for_each needs}}
    %0 = arith.constant dense<0.0> : tensor<1x8xf32>
  }
  return
}
