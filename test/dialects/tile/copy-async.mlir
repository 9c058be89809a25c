// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @copy_async
func.func @copy_async(%m: memref<?x64xbf16>, %w: !g4q.weight<[8, 32, 64], <bf16>, <panel = 0, interleave = 1>>, %d: memref<16x64xbf16, #g4t.scratch>, %i: index) {
  // CHECK: g4t.copy_async %{{.*}}[%{{.*}}, %{{.*}}] to %{{.*}}[%{{.*}}, %{{.*}}] block 16 x 8 : memref<?x64xbf16> to memref<16x64xbf16, #g4t.scratch>
  g4t.copy_async %m[%i, %i] to %d[%i, %i] block 16 x 8 : memref<?x64xbf16> to memref<16x64xbf16, #g4t.scratch>
  // CHECK: g4t.copy_async %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] to %{{.*}}[%{{.*}}, %{{.*}}] block 4 x 64 row_bound %{{.*}} : !g4q.weight<[8, 32, 64], <bf16>, <panel = 0, interleave = 1>> to memref<16x64xbf16, #g4t.scratch>
  g4t.copy_async %w[%i, %i, %i] to %d[%i, %i] block 4 x 64 row_bound %i : !g4q.weight<[8, 32, 64], <bf16>, <panel = 0, interleave = 1>> to memref<16x64xbf16, #g4t.scratch>
  return
}

// -----

// Two rows of tiles of a weight in fragments, four tiles each.
// CHECK-LABEL: func @tiles
func.func @tiles(%w: !g4q.weight<[8, 32, 64], <bf16>, <panel = 16, interleave = 1, mma = 16>>, %d: memref<8x1024xbf16, #g4t.scratch>, %i: index) {
  // CHECK: g4t.copy_async %{{.*}} block 32 x 64 : !g4q.weight<[8, 32, 64], <bf16>, <panel = 16, interleave = 1, mma = 16>> to memref<8x1024xbf16, #g4t.scratch>
  g4t.copy_async %w[%i, %i, %i] to %d[%i, %i] block 32 x 64 : !g4q.weight<[8, 32, 64], <bf16>, <panel = 16, interleave = 1, mma = 16>> to memref<8x1024xbf16, #g4t.scratch>
  return
}

// -----

func.func @copy_async_c3(%w: !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 1, mma = 16>>, %d: memref<8x1024xbf16, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{an mma layout is copied in tiles of 16 x 16, got 32 x 8}}
  g4t.copy_async %w[%i, %i] to %d[%i, %i] block 32 x 8 : !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 1, mma = 16>> to memref<8x1024xbf16, #g4t.scratch>
  return
}

// -----

func.func @copy_async_c1(%m: memref<?x64xf32>, %d: memref<16x64xbf16, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{needs a memref or a weight of layout rows or mma and a scratch memref of rank 2 of one element type}}
  g4t.copy_async %m[%i, %i] to %d[%i, %i] block 16 x 8 : memref<?x64xf32> to memref<16x64xbf16, #g4t.scratch>
  return
}

// -----

func.func @copy_async_c1_panels(%w: !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 1>>, %d: memref<16x64xbf16, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{needs a memref or a weight of layout rows}}
  g4t.copy_async %w[%i, %i] to %d[%i, %i] block 16 x 8 : !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 1>> to memref<16x64xbf16, #g4t.scratch>
  return
}

// -----

func.func @copy_async_c1_space(%m: memref<?x64xbf16>, %d: memref<16x64xbf16>, %i: index) {
  // expected-error @+1 {{and a scratch memref of rank 2}}
  g4t.copy_async %m[%i, %i] to %d[%i, %i] block 16 x 8 : memref<?x64xbf16> to memref<16x64xbf16>
  return
}

// -----

// An index has no size in bytes.
func.func @copy_async_c1_index(%m: memref<?x64xindex>, %d: memref<16x64xindex, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{needs a memref or a weight of layout rows}}
  g4t.copy_async %m[%i, %i] to %d[%i, %i] block 16 x 8 : memref<?x64xindex> to memref<16x64xindex, #g4t.scratch>
  return
}

// -----

func.func @copy_async_c2(%m: memref<?x64xbf16>, %d: memref<16x64xbf16, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{the bytes of a row must be a multiple of 16, got 4 x 'bf16'}}
  g4t.copy_async %m[%i, %i] to %d[%i, %i] block 16 x 4 : memref<?x64xbf16> to memref<16x64xbf16, #g4t.scratch>
  return
}

// -----

func.func @copy_async_c2_rows(%m: memref<?x64xbf16>, %d: memref<16x64xbf16, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{the bytes of a row must be a multiple of 16}}
  g4t.copy_async %m[%i, %i] to %d[%i, %i] block 0 x 8 : memref<?x64xbf16> to memref<16x64xbf16, #g4t.scratch>
  return
}

// -----

// Integers of 4 bits are copied in units of 16 x 64 as bytes.
// CHECK-LABEL: func @units
func.func @units(%w: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 1, mma = 16>>, %d: memref<2x576xi8, #g4t.scratch>, %i: index) {
  // CHECK: g4t.copy_async %{{.*}} block 32 x 64 : !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 1, mma = 16>> to memref<2x576xi8, #g4t.scratch>
  g4t.copy_async %w[%i, %i] to %d[%i, %i] block 32 x 64 : !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 1, mma = 16>> to memref<2x576xi8, #g4t.scratch>
  return
}

// -----

func.func @copy_async_c3_units(%w: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 1, mma = 16>>, %d: memref<2x576xi8, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{an mma layout is copied in tiles of 16 x 64, got 32 x 32}}
  g4t.copy_async %w[%i, %i] to %d[%i, %i] block 32 x 32 : !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 1, mma = 16>> to memref<2x576xi8, #g4t.scratch>
  return
}

// -----

// Of panels of pairs nothing is copied: a dot reads them where they are.
func.func @copy_async_c1_pairs(%w: !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>>, %d: memref<2x576xi8, #g4t.scratch>, %i: index) {
  // expected-error @+1 {{needs a memref or a weight of layout rows or mma}}
  g4t.copy_async %w[%i, %i] to %d[%i, %i] block 32 x 64 : !g4q.weight<[32, 64], <i4, group = 32, scale = bf16>, <panel = 16, interleave = 2>> to memref<2x576xi8, #g4t.scratch>
  return
}
