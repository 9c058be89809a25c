// RUN: split-file %s %t
// RUN: not g4-print-code %t/type.mlir sm80 2>&1 | FileCheck %s --check-prefix=MMA
// RUN: not g4-print-code %t/depth.mlir sm90 2>&1 | FileCheck %s --check-prefix=MMA
// RUN: not g4-print-code %t/type.mlir x86-64-v3 2>&1 | FileCheck %s --check-prefix=CPU

// Tensor cores take what they are made for; anything else is a kernel builder's mistake.
// MMA: error: 'g4t.dot' op an mma dot takes bf16 operands in scratch, b as fragments where acc is transposed, and a depth that is a multiple of 16 or 32, without a bound

// A kernel for a block of threads is none for a core.
// CPU: error: 'g4t.kernel' op a CPU kernel has one thread, got 128

//--- type.mlir
g4t.kernel @type(%y: memref<?x64xf32>) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<16x64xf32, #g4t.scratch>
  %0 = g4t.splat %zero : f32 -> tensor<16x64xf32, #g4t.mma<1, 4>>
  %1 = g4t.dot %0, %a[%c0, %c0], %a[%c0, %c0] kn depth 16 : tensor<16x64xf32, #g4t.mma<1, 4>>, memref<16x64xf32, #g4t.scratch>, memref<16x64xf32, #g4t.scratch>
  g4t.store %1, %y[%i, %c0] : tensor<16x64xf32, #g4t.mma<1, 4>>, memref<?x64xf32>
  g4t.return
}

//--- depth.mlir
g4t.kernel @depth(%y: memref<?x64xf32>) grid(%i, %j) threads 128 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = g4t.scratch : memref<64x64xbf16, #g4t.scratch>
  %0 = g4t.splat %zero : f32 -> tensor<16x64xf32, #g4t.mma<1, 4>>
  %1 = g4t.dot %0, %a[%c0, %c0], %a[%c0, %c0] nk depth 24 : tensor<16x64xf32, #g4t.mma<1, 4>>, memref<64x64xbf16, #g4t.scratch>, memref<64x64xbf16, #g4t.scratch>
  g4t.store %1, %y[%i, %c0] : tensor<16x64xf32, #g4t.mma<1, 4>>, memref<?x64xf32>
  g4t.return
}
