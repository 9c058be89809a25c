// RUN: g4-print-code %s sm80 | FileCheck %s

#warp = #g4t.blocked<1, 32, vec = 4>

// Registers begin at multiples of four columns, so four of them are one access.
// CHECK-LABEL: .entry at_vectors
// CHECK: ld.global.v4
// CHECK: st.global.v4
g4t.kernel @at_vectors(%x: memref<?x256xf32>, %y: memref<?x256xf32>) grid(%i, %j) threads 32 {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %0 = g4t.load %x[%i, %c0] : memref<?x256xf32> -> tensor<1x128xf32, #warp>
  g4t.store %0, %y[%i, %c128] : tensor<1x128xf32, #warp>, memref<?x256xf32>
  g4t.return
}

// Three columns further they lie at multiples of 4 bytes alone, and two further of 8. A machine that checks
// alignment ends the program otherwise.
// CHECK-LABEL: .entry between_vectors
// CHECK: ld.global.v2
// CHECK-NOT: st.global.v
g4t.kernel @between_vectors(%x: memref<?x256xf32>, %y: memref<?x256xf32>) grid(%i, %j) threads 32 {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %col = arith.addi %c3, %j : index
  %0 = g4t.load %x[%i, %c2] : memref<?x256xf32> -> tensor<1x128xf32, #warp>
  g4t.store %0, %y[%i, %col] : tensor<1x128xf32, #warp>, memref<?x256xf32>
  g4t.return
}
