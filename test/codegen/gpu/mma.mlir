// RUN: g4-print-code %s sm80 | FileCheck %s
// RUN: g4-print-code %s sm90 | FileCheck %s

// Four warps side by side, 16 columns each: two fragments of 8, twice for a depth of 32.
// CHECK-LABEL: .entry mma
// CHECK-COUNT-2: ldmatrix.sync.aligned.m8n8.x{{[24]}}.shared.b16
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: st.global
// CHECK-NOT: .local
#acc = #g4t.mma<1, 4>
g4t.kernel @mma(%y: memref<?x64xf32>) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<16x40xbf16, #g4t.scratch>
  %b = g4t.scratch : memref<64x40xbf16, #g4t.scratch>
  %0 = g4t.splat %zero : f32 -> tensor<16x64xf32, #acc>
  %1 = g4t.dot %0, %a[%c0, %c0], %b[%c0, %c0] nk depth 32 : tensor<16x64xf32, #acc>, memref<16x40xbf16, #g4t.scratch>, memref<64x40xbf16, #g4t.scratch>
  g4t.store %1, %y[%i, %c0] : tensor<16x64xf32, #acc>, memref<?x64xf32>
  g4t.return
}

// Rows of the depth are transposed as they are read.
// CHECK-LABEL: .entry mma_kn
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
g4t.kernel @mma_kn(%y: memref<?x64xf32>) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<16x40xbf16, #g4t.scratch>
  %b = g4t.scratch : memref<32x72xbf16, #g4t.scratch>
  %0 = g4t.splat %zero : f32 -> tensor<16x64xf32, #acc>
  %1 = g4t.dot %0, %a[%c0, %c0], %b[%c0, %c0] kn depth 32 : tensor<16x64xf32, #acc>, memref<16x40xbf16, #g4t.scratch>, memref<32x72xbf16, #g4t.scratch>
  g4t.store %1, %y[%i, %c0] : tensor<16x64xf32, #acc>, memref<?x64xf32>
  g4t.return
}
