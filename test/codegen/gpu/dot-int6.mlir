// RUN: g4-print-code %s sm80 | FileCheck %s
// RUN: g4-print-code %s sm90 | FileCheck %s
// RUN: g4-print-code %s sm80 | %{python} %{support}/count_instructions.py sliced 4.0
// RUN: g4-print-code %s sm90 | %{python} %{support}/count_instructions.py sliced 4.0

// Weights of 6 bits, a warp a slice: a lane's 16 bytes of low bits, 8 of high ones and its scales
// straight from global memory, two units under way; numbers taken out two at a time, the sum of each
// 16 columns scaled in f32.
// CHECK-LABEL: .entry sliced
// CHECK: ld.global.nc.v4.b32
// CHECK-DAG: ld.global.nc.v2.b32
// CHECK-DAG: ld.global.nc.v4.b32
// CHECK: lop3.b32 {{.*}}, 983055, 1124090624, 0xEA;
// CHECK: lop3.b32 {{.*}}, 3145776, {{.*}}, 0xEA;
// CHECK: {{add|fma}}.rn.bf16x2
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: fma.rn.f32
// CHECK: st.shared
// CHECK: bar{{(rier)?}}.sync
// CHECK-NOT: .local
#y = #g4t.blocked<16, 16, vec = 1>
!w = !g4q.weight<[64, 3072], <i6, group = 16, scale = f16>, <panel = 16, interleave = 1, mma = 16>>
g4t.kernel @sliced(%w: !w, %y: memref<?x16xf32>) grid(%i, %j) threads 256 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<384x72xbf16, #g4t.scratch>
  %0 = g4t.splat %zero : f32 -> tensor<8x16xf32, #y>
  %1 = g4t.dot_packed %0, %a[%c0, %c0], %w[%c0, %c0] depth 3072 slices 8 : tensor<8x16xf32, #y>, memref<384x72xbf16, #g4t.scratch>, !w
  g4t.store %1, %y[%i, %c0] : tensor<8x16xf32, #y>, memref<?x16xf32>
  g4t.return
}

// Through shared memory: whole units by async copies, then a lane's part by two reads of 16 bytes,
// low bits and scales, and one of 8.
// CHECK-LABEL: .entry staged
// CHECK: cp.async.cg.shared.global [{{.*}}], [{{.*}}], 16;
// CHECK-DAG: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-DAG: ld.shared.v4.b32
// CHECK-DAG: ld.shared.v2.b32
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: fma.rn.f32
// CHECK-NOT: .local
#acc = #g4t.mma<1, 2, transposed = true>
g4t.kernel @staged(%w: !w, %y: memref<?x32xf32>) grid(%i, %j) threads 64 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<8x72xbf16, #g4t.scratch>
  %b = g4t.scratch : memref<2x896xi8, #g4t.scratch>
  g4t.copy_async %w[%c0, %c0] to %b[%c0, %c0] block 32 x 64 : !w to memref<2x896xi8, #g4t.scratch>
  g4t.commit_async
  g4t.wait_async 0
  g4t.barrier
  %0 = g4t.splat %zero : f32 -> tensor<8x32xf32, #acc>
  %1 = g4t.dot %0, %a[%c0, %c0], %b[%c0, %c0] fragments depth 64 {format = #g4q.format<i6, group = 16, scale = f16>} : tensor<8x32xf32, #acc>, memref<8x72xbf16, #g4t.scratch>, memref<2x896xi8, #g4t.scratch>
  g4t.store %1, %y[%i, %c0] : tensor<8x32xf32, #acc>, memref<?x32xf32>
  g4t.return
}
