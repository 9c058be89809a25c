// RUN: g4-print-code %s sm80 | FileCheck %s
// RUN: g4-print-code %s sm90 | FileCheck %s

// One thread counts, with acquire and release at the scope of the device; the last one puts the
// counter back, and all threads learn of it.
// CHECK-LABEL: .entry arrive
// CHECK: bar.sync
// CHECK: atom.add.acq_rel.gpu.global.u32
// CHECK: st.shared
// CHECK: bar.sync
// CHECK: ld.shared
g4t.kernel @arrive(%counter: memref<?xi32>, %y: memref<?xi32>) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %one = arith.constant 1 : i32
  %last = g4t.arrive %counter[%i] of %c8 : memref<?xi32>
  scf.if %last {
    g4t.single {
      memref.store %one, %y[%i] : memref<?xi32>
    }
  }
  g4t.return
}
