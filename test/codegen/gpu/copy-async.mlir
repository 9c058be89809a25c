// RUN: g4-print-code %s sm80 | FileCheck %s --check-prefix=PTX
// RUN: g4-print-code %s sm90 | FileCheck %s --check-prefix=PTX
// RUN: g4-print-code %s gfx942 | FileCheck %s --check-prefix=GCN

// On NVIDIA a block goes to shared memory in pieces of 16 bytes, past the L1; rows beyond the
// bound are filled with zeros by a source size of 0. A group ends with its commit.
// PTX-LABEL: .entry copy
// PTX: cp.async.cg.shared.global [{{.*}}], [{{.*}}], 16, %r
// PTX: cp.async.commit_group
// PTX: cp.async.wait_group 0
// PTX-NEXT: bar{{(rier)?}}.sync
// PTX: ld.shared.v4
// PTX-NOT: .local

// AMD has no such copy: a load and a write to shared memory, done when the op is.
// GCN-LABEL: copy:
// GCN: global_load_dwordx4
// GCN: ds_write_b128
// GCN: s_barrier
// GCN: ds_read_b128
#t = #g4t.blocked<8, 16, vec = 4>
g4t.kernel @copy(%x: memref<?x64xf32>, %y: memref<?x64xf32>, %n: index) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %row = arith.muli %i, %c8 : index
  %s = g4t.scratch : memref<8x64xf32, #g4t.scratch>
  g4t.copy_async %x[%row, %c0] to %s[%c0, %c0] block 8 x 64 row_bound %n : memref<?x64xf32> to memref<8x64xf32, #g4t.scratch>
  g4t.commit_async
  g4t.wait_async 0
  g4t.barrier
  %0 = g4t.load %s[%c0, %c0] : memref<8x64xf32, #g4t.scratch> -> tensor<8x64xf32, #t>
  g4t.store %0, %y[%row, %c0] row_bound %n : tensor<8x64xf32, #t>, memref<?x64xf32>
  g4t.return
}
