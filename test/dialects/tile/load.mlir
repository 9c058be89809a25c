// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @load
func.func @load(%m: memref<?x64xf32>, %v: memref<64xbf16>, %c: memref<?x2x64xf32>, %map: memref<?xi32>, %i: index) {
  // CHECK: g4t.load %{{.*}}[%{{.*}}, %{{.*}}] : memref<?x64xf32> -> tensor<4x8xf32>
  %0 = g4t.load %m[%i, %i] : memref<?x64xf32> -> tensor<4x8xf32>
  // CHECK: g4t.load %{{.*}}[%{{.*}}] col_bound %{{.*}} : memref<64xbf16> -> tensor<1x8xbf16>
  %1 = g4t.load %v[%i] col_bound %i : memref<64xbf16> -> tensor<1x8xbf16>
  // CHECK: g4t.load %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] rows %{{.*}}[%{{.*}}] : memref<?xi32> row_bound %{{.*}} col_bound %{{.*}} : memref<?x2x64xf32> -> tensor<4x8xf32>
  %2 = g4t.load %c[%i, %i, %i] rows %map[%i] : memref<?xi32> row_bound %i col_bound %i : memref<?x2x64xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @load_c1(%m: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{needs an index for each dimension of 'memref<?x64xf32>'}}
  %0 = g4t.load %m[%i] : memref<?x64xf32> -> tensor<1x8xf32>
  return
}

// -----

func.func @load_c1_type(%m: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{tile and memory must have one element type, got 'tensor<1x8xbf16>' and 'memref<?x64xf32>'}}
  %0 = g4t.load %m[%i, %i] : memref<?x64xf32> -> tensor<1x8xbf16>
  return
}

// -----

func.func @load_c2(%m: memref<?x64xf32>, %map: memref<?xi64>, %i: index) {
  // expected-error @+1 {{a row map must be a memref<?xi32> or ?x1, got 'memref<?xi64>'}}
  %0 = g4t.load %m[%i, %i] rows %map[%i] : memref<?xi64> : memref<?x64xf32> -> tensor<1x8xf32>
  return
}

// -----

func.func @load_c2_offset(%m: memref<?x64xf32>, %map: memref<?xi32>, %i: index) {
  // expected-error @+1 {{a row map comes with its offset}}
  %0 = "g4t.load"(%m, %i, %i, %map) <{operandSegmentSizes = array<i32: 1, 2, 1, 0, 0, 0>}> : (memref<?x64xf32>, index, index, memref<?xi32>) -> tensor<1x8xf32>
  return
}

// -----

func.func @load_c3(%m: memref<64xf32>, %i: index) {
  // expected-error @+1 {{a memref of rank 1 gives one row and takes no map}}
  %0 = g4t.load %m[%i] : memref<64xf32> -> tensor<2x8xf32>
  return
}

// -----

func.func @load_c3_map(%m: memref<64xf32>, %map: memref<?xi32>, %i: index) {
  // expected-error @+1 {{a memref of rank 1 gives one row and takes no map}}
  %0 = g4t.load %m[%i] rows %map[%i] : memref<?xi32> : memref<64xf32> -> tensor<1x8xf32>
  return
}

// -----

// CHECK-LABEL: func @row_stride
func.func @row_stride(%m: memref<?x64xf32>, %i: index) {
  // CHECK: g4t.load %{{.*}}[%{{.*}}, %{{.*}}] row_bound %{{.*}} row_stride 6 : memref<?x64xf32> -> tensor<4x8xf32>
  %0 = g4t.load %m[%i, %i] row_bound %i row_stride 6 : memref<?x64xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @load_c4(%m: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{row_stride must be positive, and 1 with a map, got 0}}
  %0 = g4t.load %m[%i, %i] row_stride 0 : memref<?x64xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @load_c4_map(%m: memref<?x64xf32>, %map: memref<?xi32>, %i: index) {
  // expected-error @+1 {{row_stride must be positive, and 1 with a map, got 2}}
  %0 = g4t.load %m[%i, %i] rows %map[%i] : memref<?xi32> row_stride 2 : memref<?x64xf32> -> tensor<4x8xf32>
  return
}
