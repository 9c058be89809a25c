// RUN: g4-opt %s -split-input-file -verify-diagnostics | g4-opt -split-input-file | FileCheck %s

// CHECK-LABEL: func @unpack
func.func @unpack(%w: !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>, %i: index) {
  // CHECK: g4t.unpack %{{.*}}[%{{.*}}, %{{.*}}] : <[32, 64], <bf16>, <panel = 16, interleave = 2>> -> tensor<1x8xf32>
  %0 = g4t.unpack %w[%i, %i] : !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>> -> tensor<1x8xf32>
  // CHECK: g4t.unpack %{{.*}}[%{{.*}}, %{{.*}}] col_bound %{{.*}} : {{.*}} -> tensor<1x8xf32>
  %1 = g4t.unpack %w[%i, %i] col_bound %i : !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>> -> tensor<1x8xf32>
  return
}

// -----

func.func @unpack_c1(%w: !g4q.weight<[32, 64], <bf16>>, %i: index) {
  // expected-error @+1 {{needs a weight of rank 2 with a layout and a result [1, C]}}
  %0 = g4t.unpack %w[%i, %i] : !g4q.weight<[32, 64], <bf16>> -> tensor<1x8xf32>
  return
}

// -----

func.func @unpack_c1_rows(%w: !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>>, %i: index) {
  // expected-error @+1 {{needs a weight of rank 2 with a layout and a result [1, C]}}
  %0 = g4t.unpack %w[%i, %i] : !g4q.weight<[32, 64], <bf16>, <panel = 16, interleave = 2>> -> tensor<2x8xf32>
  return
}
