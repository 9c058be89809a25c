// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// Parameters of each kind, the two coordinates, threads, other attributes.
// CHECK: g4t.kernel @kernel(%arg0: memref<?x8xf32>, %arg1: !g4q.weight<[4, 8], <f32>>, %arg2: index) grid(%arg3, %arg4) threads 1 attributes {note = "x"} {
g4t.kernel @kernel(%x: memref<?x8xf32>, %w: !g4q.weight<[4, 8], <f32>>, %n: index) grid(%i, %j) threads 1 attributes {note = "x"} {
  // CHECK-NEXT: g4t.return
  g4t.return
}

// Without parameters, for a block of threads.
// CHECK: g4t.kernel @no_params() grid(%arg0, %arg1) threads 128 {
g4t.kernel @no_params() grid(%i, %j) threads 128 {
  %0 = g4t.iota 0 : tensor<1x8xi32, #g4t.blocked<1, 128, vec = 1>>
  g4t.return
}

// -----

// expected-error @+1 {{parameter 1 must be a memref, a weight or index, got 'f32'}}
g4t.kernel @kernel_c1(%x: memref<?x8xf32>, %y: f32) grid(%i, %j) threads 1 {
  g4t.return
}

// -----

// expected-error @+1 {{the last two arguments must be index}}
"g4t.kernel"() <{sym_name = "kernel_c1_grid", threads = 1 : i64}> ({
^bb0(%i: index, %j: i32):
  g4t.return
}) : () -> ()

// -----

// expected-error @+1 {{threads must be positive}}
g4t.kernel @kernel_c2() grid(%i, %j) threads 0 {
  g4t.return
}

// -----

g4t.kernel @kernel_c2_layout() grid(%i, %j) threads 128 {
  // expected-error @+1 {{a tile of a kernel with more than one thread needs a layout}}
  %0 = g4t.iota 0 : tensor<1x8xi32>
  g4t.return
}

// -----

// expected-error @+1 {{threads is not one of the attributes}}
g4t.kernel @kernel_twice() grid(%i, %j) threads 1 attributes {threads = 2} {
  g4t.return
}
