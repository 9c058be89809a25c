// RUN: g4-opt %s -split-input-file -g4-tile -g4-plan | FileCheck %s

// On a GPU an item is eight experts of one row; from 32 rows on sixteen experts of four rows.
// CHECK-DAG: g4t.kernel @router_e32k384_top2(
// CHECK-DAG: g4t.kernel @router_e32k384_top2_m4(
// CHECK: g4x.bucket max_tokens 8
// CHECK: g4x.launch "scale" @router_e32k384_top2 grid(<tokens>, <one mul 4>)
// CHECK: g4x.bucket max_tokens 32
// CHECK: g4x.launch "scale" @router_e32k384_top2_m4 grid(<tokens div 4>, <one mul 2>)
// CHECK-SAME: #g4x.dim_address<tokens>, #g4x.active_items]
// CHECK: g4x.bucket max_tokens 128
// CHECK: g4x.launch "scale" @router_e32k384_top2_m4 grid(<tokens div 4>, <one mul 2>)
// CHECK: g4x.bucket max_tokens 2147483648
// CHECK: g4x.launch "scale" @router_e32k384_top2_m4 grid(<tokens div 4>, <one mul 2>)
module @gpu attributes {g4t.target = #g4t.target<"gpu", device = "cuda", warp = 32, scratch = 101376, features = ["sm_120"] intrinsic = "mma_16x8x16">} {
  g4.weight @table : !g4q.weight<[64, 384], <f32>> parts ["m.e"]
  g4.weight @scale : !g4q.weight<[384], <f32>> parts ["m.s"]
  g4.weight @proj : !g4q.weight<[32, 384], <f32>> parts ["m.p"]
  g4.weight @each : !g4q.weight<[32], <f32>> parts ["m.pe"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x2xf32> {
    %t = g4.use @table : !g4q.weight<[64, 384], <f32>>
    %rs = g4.use @scale : !g4q.weight<[384], <f32>>
    %rp = g4.use @proj : !g4q.weight<[32, 384], <f32>>
    %re = g4.use @each : !g4q.weight<[32], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 384], <f32>> -> tensor<?x384xf32>
    %w, %i = g4.router %e, %rs, %rp, %re {factor = 0.5 : f32, epsilon = 1.0 : f32} : (tensor<?x384xf32>, !g4q.weight<[384], <f32>>, !g4q.weight<[32, 384], <f32>>, !g4q.weight<[32], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
    return %w : tensor<?x2xf32>
  }
}

// -----

// On a CPU an item is two panels of experts and one row, in steps of any size; the last item of a row chooses.
// CHECK: g4t.kernel @router_e64k384_top2(
// CHECK: g4t.dot_packed {{.*}} : tensor<1x32xf32>
// CHECK: g4t.arrive
// CHECK-COUNT-4: g4x.launch "scale" @router_e64k384_top2 grid(<tokens>, <one mul 2>)
module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576, features = ["avx2"]>} {
  g4.weight @table : !g4q.weight<[64, 384], <f32>> parts ["m.e"]
  g4.weight @scale : !g4q.weight<[384], <f32>> parts ["m.s"]
  g4.weight @proj : !g4q.weight<[64, 384], <f32>> parts ["m.p"]
  g4.weight @each : !g4q.weight<[64], <f32>> parts ["m.pe"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x2xf32> {
    %t = g4.use @table : !g4q.weight<[64, 384], <f32>>
    %rs = g4.use @scale : !g4q.weight<[384], <f32>>
    %rp = g4.use @proj : !g4q.weight<[64, 384], <f32>>
    %re = g4.use @each : !g4q.weight<[64], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 384], <f32>> -> tensor<?x384xf32>
    %w, %i = g4.router %e, %rs, %rp, %re {factor = 0.5 : f32, epsilon = 1.0 : f32} : (tensor<?x384xf32>, !g4q.weight<[384], <f32>>, !g4q.weight<[64, 384], <f32>>, !g4q.weight<[64], <f32>>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
    return %w : tensor<?x2xf32>
  }
}
