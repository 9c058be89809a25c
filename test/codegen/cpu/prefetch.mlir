// RUN: g4-print-code %s x86-64-v3 | FileCheck %s --check-prefixes=CHECK,FIRST
// RUN: g4-print-code %s sapphirerapids | FileCheck %s --check-prefixes=CHECK,FIRST
// RUN: g4-print-code %s znver4 | FileCheck %s --check-prefixes=CHECK,SECOND

// Where a machine that reads one stream is the slower if it is told, it is not told with one row of x.
// CHECK-LABEL: one_row:
// FIRST: prefetcht0
// SECOND-NOT: prefetch
// CHECK: ret
g4t.kernel @one_row(%x: memref<?x24xi32>, %w: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>, %y: memref<?x32xf32>) grid(%i, %j) threads 1 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %0 = g4t.splat %zero : f32 -> tensor<1x16xf32>
  %1 = g4t.dot_packed %0, %x[%i, %c0], %w[%c0, %c0] depth 64 : tensor<1x16xf32>, memref<?x24xi32>, !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  g4t.store %1, %y[%i, %c0] : tensor<1x16xf32>, memref<?x32xf32>
  g4t.return
}

// With more rows the read is hidden where it ends in the second cache: the first has the rows.
// CHECK-LABEL: four_rows:
// FIRST: prefetcht0
// SECOND: prefetcht1
// CHECK: ret
g4t.kernel @four_rows(%x: memref<?x24xi32>, %w: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>, %y: memref<?x32xf32>) grid(%i, %j) threads 1 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %0 = g4t.splat %zero : f32 -> tensor<4x16xf32>
  %1 = g4t.dot_packed %0, %x[%i, %c0], %w[%c0, %c0] depth 64 : tensor<4x16xf32>, memref<?x24xi32>, !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  g4t.store %1, %y[%i, %c0] : tensor<4x16xf32>, memref<?x32xf32>
  g4t.return
}
