// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @store
func.func @store(%t: tensor<4x8xf32>, %r: tensor<1x8xf32>, %m: memref<?x64xf32>, %v: memref<64xf32>, %map: memref<?xi32>, %c: tensor<4x1xf32>, %i: index) {
  // CHECK: g4t.store %{{.*}}, %{{.*}}[%{{.*}}] row_bound %{{.*}} : tensor<4x1xf32>, memref<64xf32>
  g4t.store %c, %v[%i] row_bound %i : tensor<4x1xf32>, memref<64xf32>
  // CHECK: g4t.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] : tensor<4x8xf32>, memref<?x64xf32>
  g4t.store %t, %m[%i, %i] : tensor<4x8xf32>, memref<?x64xf32>
  // CHECK: g4t.store %{{.*}}, %{{.*}}[%{{.*}}] : tensor<1x8xf32>, memref<64xf32>
  g4t.store %r, %v[%i] : tensor<1x8xf32>, memref<64xf32>
  // CHECK: g4t.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] rows %{{.*}}[%{{.*}}] : memref<?xi32> row_bound %{{.*}} col_bound %{{.*}} : tensor<4x8xf32>, memref<?x64xf32>
  g4t.store %t, %m[%i, %i] rows %map[%i] : memref<?xi32> row_bound %i col_bound %i : tensor<4x8xf32>, memref<?x64xf32>
  // CHECK: g4t.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] transposed : tensor<1x8xf32>, memref<?x64xf32>
  g4t.store %r, %m[%i, %i] transposed : tensor<1x8xf32>, memref<?x64xf32>
  return
}

// -----

func.func @store_c1(%t: tensor<1x8xf32>, %m: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{needs an index for each dimension of 'memref<?x64xf32>'}}
  g4t.store %t, %m[%i] : tensor<1x8xf32>, memref<?x64xf32>
  return
}

// -----

func.func @store_c1_scalar(%t: tensor<1x8xf32>, %m: memref<f32>) {
  // expected-error @+1 {{needs an index for each dimension of 'memref<f32>'}}
  g4t.store %t, %m[] : tensor<1x8xf32>, memref<f32>
  return
}

// -----

func.func @store_c2(%t: tensor<1x8xf32>, %m: memref<?x64xf32>, %map: memref<?x2xi32>, %i: index) {
  // expected-error @+1 {{a row map must be a memref<?xi32> or ?x1, got 'memref<?x2xi32>'}}
  g4t.store %t, %m[%i, %i] rows %map[%i] : memref<?x2xi32> : tensor<1x8xf32>, memref<?x64xf32>
  return
}

// -----

func.func @store_c3(%t: tensor<4x8xf32>, %m: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{transposed takes a tile of one row and no map}}
  g4t.store %t, %m[%i, %i] transposed : tensor<4x8xf32>, memref<?x64xf32>
  return
}

// -----

func.func @store_c4(%t: tensor<4x8xf32>, %m: memref<64xf32>, %i: index) {
  // expected-error @+1 {{a memref of rank 1 takes one row or column, no map}}
  g4t.store %t, %m[%i] : tensor<4x8xf32>, memref<64xf32>
  return
}

// -----

// CHECK-LABEL: func @row_stride
func.func @row_stride(%t: tensor<4x8xf32>, %m: memref<?x64xf32>, %i: index) {
  // CHECK: g4t.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] row_stride 6 : tensor<4x8xf32>, memref<?x64xf32>
  g4t.store %t, %m[%i, %i] row_stride 6 : tensor<4x8xf32>, memref<?x64xf32>
  return
}

// -----

func.func @store_c5(%t: tensor<4x8xf32>, %m: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{row_stride must be positive, and 1 with a map, got -1}}
  g4t.store %t, %m[%i, %i] row_stride -1 : tensor<4x8xf32>, memref<?x64xf32>
  return
}

// -----

func.func @store_c5_transposed(%t: tensor<1x8xf32>, %m: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{transposed takes no row_stride}}
  g4t.store %t, %m[%i, %i] row_stride 2 transposed : tensor<1x8xf32>, memref<?x64xf32>
  return
}
