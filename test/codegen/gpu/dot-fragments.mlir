// RUN: g4-print-code %s sm80 | FileCheck %s
// RUN: g4-print-code %s sm90 | FileCheck %s

// A weight in the order of its lanes: one 16-byte load for 16 x 16 of it, tokens by ldmatrix.
// CHECK-LABEL: .entry fragments
// CHECK: cp.async.cg.shared.global [{{.*}}], [{{.*}}], 16;
// CHECK-DAG: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-DAG: ld.shared.v4.b32
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-NOT: .local
#acc = #g4t.mma<1, 2, transposed = true>
!w = !g4q.weight<[64, 128], <bf16>, <panel = 16, interleave = 1, mma = 16>>
g4t.kernel @fragments(%w: !w, %y: memref<?x32xf32>) grid(%i, %j) threads 64 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<8x72xbf16, #g4t.scratch>
  %b = g4t.scratch : memref<2x1024xbf16, #g4t.scratch>
  g4t.copy_async %w[%c0, %c0] to %b[%c0, %c0] block 32 x 64 : !w to memref<2x1024xbf16, #g4t.scratch>
  g4t.commit_async
  g4t.wait_async 0
  g4t.barrier
  %0 = g4t.splat %zero : f32 -> tensor<8x32xf32, #acc>
  %1 = g4t.dot %0, %a[%c0, %c0], %b[%c0, %c0] fragments depth 64 : tensor<8x32xf32, #acc>, memref<8x72xbf16, #g4t.scratch>, memref<2x1024xbf16, #g4t.scratch>
  g4t.store %1, %y[%i, %c0] : tensor<8x32xf32, #acc>, memref<?x32xf32>
  g4t.return
}
