// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// A matrix in panels, one of experts in rows, a grouped one.
// CHECK-LABEL: func @dot_packed
func.func @dot_packed(%acc: tensor<4x16xf32>, %a: memref<?x64xbf16>, %f: memref<?x64xf32>, %w: !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>, %e: !g4q.weight<[8, 32, 64], <f32>, <panel = 0, interleave = 1>>, %q: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>, %r: memref<4x24xi32>, %i: index) {
  // CHECK: g4t.dot_packed %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}}[%{{.*}}, %{{.*}}] depth 32 : tensor<4x16xf32>, memref<?x64xbf16>, <[32, 64], <bf16>, <panel = 16, interleave = 2>>
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 32 : tensor<4x16xf32>, memref<?x64xbf16>, !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>
  // CHECK: g4t.dot_packed %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] depth 64 : tensor<4x16xf32>, memref<?x64xf32>, <[8, 32, 64], <f32>, <panel = 0, interleave = 1>>
  %1 = g4t.dot_packed %acc, %f[%i, %i], %e[%i, %i, %i] depth 64 : tensor<4x16xf32>, memref<?x64xf32>, !g4q.weight<[8, 32, 64], <f32>, <panel = 0, interleave = 1>>
  // CHECK: g4t.dot_packed {{.*}} : tensor<4x16xf32>, memref<?x64xbf16>, <[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  %2 = g4t.dot_packed %acc, %a[%i, %i], %q[%i, %i] depth 64 : tensor<4x16xf32>, memref<?x64xbf16>, !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  // CHECK: g4t.dot_packed {{.*}} : tensor<4x16xf32>, memref<4x24xi32>, <[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  %zero = arith.constant 0 : index
  %3 = g4t.dot_packed %acc, %r[%i, %zero], %q[%i, %i] depth 64 : tensor<4x16xf32>, memref<4x24xi32>, !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  return
}

// -----

func.func @dot_packed_c1(%acc: tensor<4x16xf32>, %a: memref<?x64xf32>, %w: !g4q.weight<[32, 64], <f32>>, %i: index) {
  // expected-error @+1 {{a must have rank 2, w a layout and an index for each dimension}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 32 : tensor<4x16xf32>, memref<?x64xf32>, !g4q.weight<[32, 64], <f32>>
  return
}

// -----

func.func @dot_packed_c1_indices(%acc: tensor<4x16xf32>, %a: memref<?x64xf32>, %w: !g4q.weight<[8, 32, 64], <f32>, <panel = 8, interleave = 1>>, %i: index) {
  // expected-error @+1 {{a must have rank 2, w a layout and an index for each dimension}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 32 : tensor<4x16xf32>, memref<?x64xf32>, !g4q.weight<[8, 32, 64], <f32>, <panel = 8, interleave = 1>>
  return
}

// -----

func.func @dot_packed_c2(%acc: tensor<4x16xf32>, %a: memref<?x64xf32>, %w: !g4q.weight<[32, 64], <bf16>, <panel = 8, interleave = 1>>, %i: index) {
  // expected-error @+1 {{a must be bf16 for '!g4q.weight<[32, 64], <bf16>, <panel = 8, interleave = 1>>', got 'memref<?x64xf32>'}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 32 : tensor<4x16xf32>, memref<?x64xf32>, !g4q.weight<[32, 64], <bf16>, <panel = 8, interleave = 1>>
  return
}

// -----

func.func @dot_packed_c3(%acc: tensor<4x12xf32>, %a: memref<?x64xf32>, %w: !g4q.weight<[32, 64], <f32>, <panel = 8, interleave = 1>>, %i: index) {
  // expected-error @+1 {{the tile's columns must be a multiple of 8, got 'tensor<4x12xf32>'}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 32 : tensor<4x12xf32>, memref<?x64xf32>, !g4q.weight<[32, 64], <f32>, <panel = 8, interleave = 1>>
  return
}

// -----

func.func @dot_packed_c4(%acc: tensor<4x16xf32>, %a: memref<?x64xf32>, %w: !g4q.weight<[32, 64], <f32>, <panel = 8, interleave = 1>>, %i: index) {
  // expected-error @+1 {{depth must be positive}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth -1 : tensor<4x16xf32>, memref<?x64xf32>, !g4q.weight<[32, 64], <f32>, <panel = 8, interleave = 1>>
  return
}

// -----

func.func @dot_packed_rank(%acc: tensor<16xf32>, %a: memref<?x64xf32>, %w: !g4q.weight<[32, 64], <f32>, <panel = 8, interleave = 1>>, %i: index) {
  // expected-error @+1 {{must be tile [R, C] of 32-bit float}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 32 : tensor<16xf32>, memref<?x64xf32>, !g4q.weight<[32, 64], <f32>, <panel = 8, interleave = 1>>
  return
}

// -----

// CHECK-LABEL: func @slices
func.func @slices(%acc: tensor<4x16xf32>, %a: memref<12x72xbf16, #g4t.scratch>, %w: !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>, %i: index) {
  // CHECK: g4t.dot_packed %{{.*}} depth 192 slices 8 row_bound %{{.*}} : tensor<4x16xf32>, memref<12x72xbf16, #g4t.scratch>
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 192 slices 8 row_bound %i : tensor<4x16xf32>, memref<12x72xbf16, #g4t.scratch>, !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>
  return
}

// -----

func.func @dot_packed_c5(%acc: tensor<4x16xf32>, %a: memref<12x72xbf16, #g4t.scratch>, %w: !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>, %i: index) {
  // expected-error @+1 {{slices must not be negative, and row_bound needs them}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 192 row_bound %i : tensor<4x16xf32>, memref<12x72xbf16, #g4t.scratch>, !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>
  return
}

// -----

func.func @dot_packed_c5_rows(%acc: tensor<4x16xf32>, %a: memref<8x72xbf16, #g4t.scratch>, %w: !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>, %i: index) {
  // expected-error @+1 {{slices need a depth of whole blocks of 64 and 12 rows of a, got depth 192 and}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 192 slices 8 : tensor<4x16xf32>, memref<8x72xbf16, #g4t.scratch>, !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>
  return
}

// -----

func.func @dot_packed_c5_depth(%acc: tensor<4x16xf32>, %a: memref<12x72xbf16, #g4t.scratch>, %w: !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>, %i: index) {
  // expected-error @+1 {{slices need a depth of whole blocks of 64}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 176 slices 8 : tensor<4x16xf32>, memref<12x72xbf16, #g4t.scratch>, !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>
  return
}

// -----

func.func @dot_packed_c2_integers(%acc: tensor<4x16xf32>, %a: memref<4x24xi32>, %w: !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>) {
  %zero = arith.constant 0 : index
  // expected-error @+1 {{a must be bf16 for}}
  %0 = g4t.dot_packed %acc, %a[%zero, %zero], %w[%zero, %zero] depth 64 : tensor<4x16xf32>, memref<4x24xi32>, !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>
  return
}

// -----

func.func @dot_packed_c6(%acc: tensor<4x16xf32>, %a: memref<4x24xi32>, %w: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>, %i: index) {
  // expected-error @+1 {{rows of i32 need panels, no slices and the place 0 along k}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 64 : tensor<4x16xf32>, memref<4x24xi32>, !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>
  return
}

// -----

func.func @dot_packed_c7(%acc: tensor<4x16xf32>, %a: memref<12x72xbf16, #g4t.scratch>, %w: !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>, %i: index) {
  // expected-error @+1 {{there is no intrinsic mfma_4x4x4}}
  %0 = g4t.dot_packed %acc, %a[%i, %i], %w[%i, %i] depth 192 slices 8 {intrinsic = "mfma_4x4x4"} : tensor<4x16xf32>, memref<12x72xbf16, #g4t.scratch>, !g4q.weight<[32, 192], <bf16>, <panel = 16, interleave = 1, mma = 16>>
  return
}
