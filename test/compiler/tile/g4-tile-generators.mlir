// RUN: g4-opt %s -split-input-file -g4-tile | FileCheck %s

// A model without a checkpoint has one kernel for each dtype and packing of its weights, whatever their sizes; computed values need none.
// CHECK: g4t.kernel @generate_bf16_rows(%{{.*}}: memref<?xbf16>, %{{.*}}: index
// The hash, the 24-bit number, its scale; whole blocks, then the rest with a bound.
// CHECK: scf.for
// CHECK-COUNT-4: arith.muli {{.*}}xi32>
// CHECK: arith.sitofp
// CHECK: arith.mulf
// CHECK: g4t.store {{.*}} : tensor<1x64xbf16>, memref<?xbf16>
// CHECK: scf.if
// CHECK: g4t.store {{.*}} col_bound
// CHECK: g4x.generator @generate_bf16_rows dtype "bf16" packing "rows"
// CHECK-NOT: g4x.generator
module attributes {g4.model = {synthetic_seed = 7 : i64}} {
  module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"]>} {
    g4.weight @embed : !g4q.weight<[64, 32], <bf16>> parts ["m.e"] {synthetic = array<f32: 0.0, 0.5>}
    g4.weight @other : !g4q.weight<[128, 48], <bf16>> parts ["m.f"] {synthetic = array<f32: 0.0, 0.5>}
    g4.weight @computed : !g4q.weight<[32], <f32>> values dense<1.0> : tensor<32xf32>
    func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x32xf32> {
      %t = g4.use @embed : !g4q.weight<[64, 32], <bf16>>
      %o = g4.use @other : !g4q.weight<[128, 48], <bf16>>
      %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <bf16>> -> tensor<?x32xf32>
      %f = g4.embed %ids, %o {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[128, 48], <bf16>> -> tensor<?x48xf32>
      return %e : tensor<?x32xf32>
    }
  }
}

// -----

// With a checkpoint there is no seed, and no generator.
// CHECK-LABEL: module @trained
// CHECK-NOT: generate
module @trained attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"]>} {
  g4.weight @embed : !g4q.weight<[64, 32], <bf16>> parts ["m.e"] {synthetic = array<f32: 0.0, 0.5>}
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x32xf32> {
    %t = g4.use @embed : !g4q.weight<[64, 32], <bf16>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <bf16>> -> tensor<?x32xf32>
    return %e : tensor<?x32xf32>
  }
}
