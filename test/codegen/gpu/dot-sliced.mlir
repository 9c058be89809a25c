// RUN: split-file %s %t
// RUN: g4-print-code %t/good.mlir sm80 | FileCheck %s
// RUN: g4-print-code %t/good.mlir sm90 | FileCheck %s
// RUN: not g4-print-code %t/warps.mlir sm90 2>&1 | FileCheck %s --check-prefix=WARPS
// RUN: not g4-print-code %t/good.mlir gfx942 2>&1 | FileCheck %s --check-prefix=AMD

// A warp a slice: 16 bytes a lane straight from global memory, eight loads before the first mma,
// then the slices' sums through shared memory.
// CHECK-LABEL: .entry sliced
// CHECK-COUNT-8: ld.global.nc.v4
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: st.shared
// CHECK: bar{{(rier)?}}.sync
// CHECK: ld.shared
// CHECK-NOT: .local

// WARPS: error: 'g4t.dot_packed' op a sliced dot takes at most 8 rows in scratch, bf16 or i4 weights with layout mma 16 and a slice for each of 4 warps
// AMD: error: 'g4t.dot_packed' op a sliced dot takes at most 8 rows

//--- good.mlir
#y = #g4t.blocked<8, 32, vec = 1>
!w = !g4q.weight<[64, 4096], <bf16>, <panel = 16, interleave = 1, mma = 16>>
g4t.kernel @sliced(%w: !w, %y: memref<?x32xf32>) grid(%i, %j) threads 256 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<512x72xbf16, #g4t.scratch>
  %0 = g4t.splat %zero : f32 -> tensor<8x32xf32, #y>
  %1 = g4t.dot_packed %0, %a[%c0, %c0], %w[%c0, %c0] depth 4096 slices 8 : tensor<8x32xf32, #y>, memref<512x72xbf16, #g4t.scratch>, !w
  g4t.store %1, %y[%i, %c0] : tensor<8x32xf32, #y>, memref<?x32xf32>
  g4t.return
}

//--- warps.mlir
#y = #g4t.blocked<4, 32, vec = 1>
!w = !g4q.weight<[64, 4096], <bf16>, <panel = 16, interleave = 1, mma = 16>>
g4t.kernel @sliced(%w: !w, %y: memref<?x32xf32>) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<512x72xbf16, #g4t.scratch>
  %0 = g4t.splat %zero : f32 -> tensor<8x32xf32, #y>
  %1 = g4t.dot_packed %0, %a[%c0, %c0], %w[%c0, %c0] depth 4096 slices 8 : tensor<8x32xf32, #y>, memref<512x72xbf16, #g4t.scratch>, !w
  g4t.store %1, %y[%i, %c0] : tensor<8x32xf32, #y>, memref<?x32xf32>
  g4t.return
}
