// RUN: g4-opt %s -split-input-file -g4-tile -g4-plan | FileCheck %s

// A row of more than a block of 4,096: the 80 largest of each of two blocks, then of those 160.
// CHECK-DAG: g4t.kernel @largest_n5000b4096top80(
// CHECK-DAG: g4t.kernel @largest_n160b256top80_ids(
// CHECK: g4x.program @step logits @[[LOGITS:b[0-9]+]] page_size {{[0-9]+}} attributes {candidate_ids = @[[IDS:b[0-9]+]], candidate_values = @[[VALUES:b[0-9]+]]}
// CHECK: g4x.buffer @[[LOGITS]] f32 rows <outputs> cols 5000
// CHECK: g4x.buffer @[[VALUES]] f32 rows <outputs> cols 80
// CHECK: g4x.buffer @[[IDS]] i32 rows <outputs> cols 80
// CHECK: g4x.launch "candidates.blocks" @largest_n5000b4096top80 grid(<outputs>, <one mul 2>)
// CHECK-SAME: #g4x.buffer_ref<@[[LOGITS]]>
// CHECK: g4x.launch "candidates" @largest_n160b256top80_ids grid(<outputs>, <one>)
// CHECK-SAME: #g4x.buffer_ref<@[[VALUES]]>, #g4x.buffer_ref<@[[IDS]]>
module @gpu attributes {g4t.target = #g4t.target<"gpu", device = "cuda", warp = 32, scratch = 101376, features = ["sm_120"] intrinsic = "mma_16x8x16">} {
  g4.weight @embed : !g4q.weight<[5000, 32], <f32>> parts ["m.e"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x5000xf32> {
    %t = g4.use @embed : !g4q.weight<[5000, 32], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[5000, 32], <f32>> -> tensor<?x32xf32>
    %r = g4.take_rows %e, %rows : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
    %y = g4.fused_linear %r, %t none : (tensor<?x32xf32>, !g4q.weight<[5000, 32], <f32>>) -> tensor<?x5000xf32>
    return %y : tensor<?x5000xf32>
  }
}

// -----

// A CPU looks at logits where they are.
// CHECK: g4x.program @step logits @b{{[0-9]+}} page_size {{[0-9]+}} {
// CHECK-NOT: candidates
module @cpu attributes {g4t.target = #g4t.target<"cpu", device = "cpu", warp = 1, scratch = 1048576>} {
  g4.weight @embed : !g4q.weight<[5000, 32], <f32>> parts ["m.e"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x5000xf32> {
    %t = g4.use @embed : !g4q.weight<[5000, 32], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[5000, 32], <f32>> -> tensor<?x32xf32>
    %r = g4.take_rows %e, %rows : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
    %y = g4.fused_linear %r, %t none : (tensor<?x32xf32>, !g4q.weight<[5000, 32], <f32>>) -> tensor<?x5000xf32>
    return %y : tensor<?x5000xf32>
  }
}
