// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK: func private @mma(tensor<16x64xf32, #g4t.mma<1, 4>>, tensor<16x64xf32, #g4t.mma<2, 4, transposed = true>>)
func.func private @mma(tensor<16x64xf32, #g4t.mma<1, 4>>, tensor<16x64xf32, #g4t.mma<2, 4, transposed = true>>)

// -----

// expected-error @+1 {{warps must be powers of 2, got 3}}
func.func private @mma_c1(tensor<16x64xf32, #g4t.mma<1, 3>>)
