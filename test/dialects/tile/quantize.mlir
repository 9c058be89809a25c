// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @quantize
func.func @quantize(%x: tensor<1x64xf32>, %row: memref<4x24xi32>, %i: index) {
  // CHECK: g4t.quantize %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] : tensor<1x64xf32>, memref<4x24xi32>
  g4t.quantize %x, %row[%i, %i] : tensor<1x64xf32>, memref<4x24xi32>
  return
}

// -----

func.func @quantize_c1(%x: tensor<1x40xf32>, %row: memref<4x24xi32>, %i: index) {
  // expected-error @+1 {{needs one row of whole groups of 32 columns, got 'tensor<1x40xf32>'}}
  g4t.quantize %x, %row[%i, %i] : tensor<1x40xf32>, memref<4x24xi32>
  return
}

// -----

func.func @quantize_c1_rows(%x: tensor<2x32xf32>, %row: memref<4x24xi32>, %i: index) {
  // expected-error @+1 {{needs one row of whole groups of 32 columns, got 'tensor<2x32xf32>'}}
  g4t.quantize %x, %row[%i, %i] : tensor<2x32xf32>, memref<4x24xi32>
  return
}

// -----

func.func @quantize_c2(%x: tensor<1x32xf32>, %row: memref<4x24xbf16>, %i: index) {
  // expected-error @+1 {{needs a memref of i32 of rank 2, got 'memref<4x24xbf16>'}}
  g4t.quantize %x, %row[%i, %i] : tensor<1x32xf32>, memref<4x24xbf16>
  return
}
