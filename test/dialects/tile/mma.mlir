// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: func private @mma(tensor<16x64xf32, #g4t.mma<1, 4>>, tensor<16x64xf32, #g4t.mma<2, 4, transposed = true>>)
func.func private @mma(tensor<16x64xf32, #g4t.mma<1, 4>>, tensor<16x64xf32, #g4t.mma<2, 4, transposed = true>>)

// CHECK: func private @amd(tensor<64x64xf32, #g4t.mma<1, 2, transposed = true intrinsic = "mfma_16x16x16">>)
func.func private @amd(tensor<64x64xf32, #g4t.mma<1, 2, transposed = true intrinsic = "mfma_16x16x16">>)

// -----

// expected-error @+1 {{warps must be powers of 2, got 3}}
func.func private @mma_c1(tensor<16x64xf32, #g4t.mma<1, 3>>)

// -----

// expected-error @+1 {{there is no intrinsic mma_8x8x8}}
func.func private @mma_c2(tensor<16x64xf32, #g4t.mma<1, 4 intrinsic = "mma_8x8x8">>)
