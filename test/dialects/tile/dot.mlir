// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @dot
func.func @dot(%acc: tensor<4x8xf32>, %a: memref<?x64xbf16>, %b: memref<?x2x64xf32>, %i: index) {
  // CHECK: g4t.dot %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] nk depth 32 : tensor<4x8xf32>, memref<?x64xbf16>, memref<?x2x64xf32>
  %0 = g4t.dot %acc, %a[%i, %i], %b[%i, %i, %i] nk depth 32 : tensor<4x8xf32>, memref<?x64xbf16>, memref<?x2x64xf32>
  // CHECK: g4t.dot %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}}[%{{.*}}, %{{.*}}] kn depth 16 : tensor<4x8xf32>, memref<?x64xbf16>, memref<?x64xbf16>
  %1 = g4t.dot %0, %a[%i, %i], %a[%i, %i] kn depth 16 : tensor<4x8xf32>, memref<?x64xbf16>, memref<?x64xbf16>
  // CHECK: g4t.dot {{.*}} kn depth 16 depth_bound %{{.*}} : tensor<4x8xf32>
  %2 = g4t.dot %1, %a[%i, %i], %a[%i, %i] kn depth 16 depth_bound %i : tensor<4x8xf32>, memref<?x64xbf16>, memref<?x64xbf16>
  return
}

// -----

func.func @dot_c1(%acc: tensor<4x8xf32>, %a: memref<?x64xi32>, %b: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{a and b must be f32 or bf16 memrefs of rank >= 2 with an index for each dimension}}
  %0 = g4t.dot %acc, %a[%i, %i], %b[%i, %i] nk depth 32 : tensor<4x8xf32>, memref<?x64xi32>, memref<?x64xf32>
  return
}

// -----

func.func @dot_c1_indices(%acc: tensor<4x8xf32>, %a: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{with an index for each dimension}}
  %0 = g4t.dot %acc, %a[%i, %i], %a[%i] nk depth 32 : tensor<4x8xf32>, memref<?x64xf32>, memref<?x64xf32>
  return
}

// -----

func.func @dot_c2(%acc: tensor<4x8xf32>, %a: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{depth must be positive}}
  %0 = g4t.dot %acc, %a[%i, %i], %a[%i, %i] nk depth 0 : tensor<4x8xf32>, memref<?x64xf32>, memref<?x64xf32>
  return
}

// -----

func.func @dot_c2_acc(%acc: tensor<4x8xbf16>, %a: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{must be tile [R, C] of 32-bit float}}
  %0 = g4t.dot %acc, %a[%i, %i], %a[%i, %i] nk depth 32 : tensor<4x8xbf16>, memref<?x64xf32>, memref<?x64xf32>
  return
}

// -----

// CHECK-LABEL: func @fragments
func.func @fragments(%acc: tensor<8x32xf32>, %a: memref<8x72xbf16, #g4t.scratch>, %b: memref<4x1024xbf16, #g4t.scratch>, %i: index) {
  // CHECK: g4t.dot %{{.*}} fragments depth 64 : tensor<8x32xf32>
  %0 = g4t.dot %acc, %a[%i, %i], %b[%i, %i] fragments depth 64 : tensor<8x32xf32>, memref<8x72xbf16, #g4t.scratch>, memref<4x1024xbf16, #g4t.scratch>
  return
}

// -----

// Units of 4-bit weights, 16 columns of the result a row.
// CHECK-LABEL: func @units
func.func @units(%acc: tensor<8x32xf32>, %a: memref<8x72xbf16, #g4t.scratch>, %b: memref<4x576xi8, #g4t.scratch>, %i: index) {
  // CHECK: g4t.dot %{{.*}} fragments depth 64 {format = #g4q.format<i4, group = 32, scale = bf16>} : tensor<8x32xf32>
  %0 = g4t.dot %acc, %a[%i, %i], %b[%i, %i] fragments depth 64 {format = #g4q.format<i4, group = 32, scale = bf16>} : tensor<8x32xf32>, memref<8x72xbf16, #g4t.scratch>, memref<4x576xi8, #g4t.scratch>
  return
}

// -----

func.func @dot_c1_units(%acc: tensor<8x32xf32>, %a: memref<8x72xbf16, #g4t.scratch>, %b: memref<4x576xi8, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{a and b must be f32 or bf16 memrefs}}
  %0 = g4t.dot %acc, %a[%i, %i], %b[%i, %i] fragments depth 32 : tensor<8x32xf32>, memref<8x72xbf16, #g4t.scratch>, memref<4x576xi8, #g4t.scratch>
  return
}

// -----

func.func @dot_c3(%acc: tensor<8x32xf32>, %a: memref<8x72xbf16, #g4t.scratch>, %b: memref<4x576xi8, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{b of i8, and it alone, needs a format that has a packing for mma}}
  %0 = g4t.dot %acc, %a[%i, %i], %b[%i, %i] fragments depth 64 : tensor<8x32xf32>, memref<8x72xbf16, #g4t.scratch>, memref<4x576xi8, #g4t.scratch>
  return
}

// -----

func.func @dot_c3_bf16(%acc: tensor<8x32xf32>, %a: memref<8x72xbf16, #g4t.scratch>, %b: memref<4x1024xbf16, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{b of i8, and it alone, needs a format}}
  %0 = g4t.dot %acc, %a[%i, %i], %b[%i, %i] fragments depth 64 {format = #g4q.format<i4, group = 32, scale = bf16>} : tensor<8x32xf32>, memref<8x72xbf16, #g4t.scratch>, memref<4x1024xbf16, #g4t.scratch>
  return
}
