// RUN: g4-opt %s -g4-tile -g4-plan | FileCheck %s

// A GPU's kernels take no number that changes from step to step: sizes are read from memory, the
// last parameter says how many items along x there are, and the rest do nothing. Scratch stays the
// whole item's.
// CHECK-LABEL: g4t.kernel @linear_f32_n64k32_m8n64(
// CHECK-SAME: %{{[^:]*}}: memref<?x32xf32>, %{{[^:]*}}: !g4q.weight<{{[^%]*}}, %{{[^:]*}}: memref<?x64xf32>, %[[ROWS:[^:]*]]: memref<?xi32>, %[[ACTIVE:[^:]*]]: memref<?xi32>) grid(%[[X:[^,]*]], %{{.*}}) threads 128 {
// CHECK: g4t.scratch
// CHECK: %[[WORD:.*]] = memref.load %[[ACTIVE]][%{{.*}}]
// CHECK: %[[ITEMS:.*]] = arith.index_cast %[[WORD]] : i32 to index
// CHECK: %[[EXISTS:.*]] = arith.cmpi slt, %[[X]], %[[ITEMS]]
// CHECK-NEXT: scf.if %[[EXISTS]] {
// CHECK: memref.load %[[ROWS]][%{{.*}}]
// CHECK: g4t.dot_packed
// CHECK: g4t.store
// CHECK: }
// CHECK-NEXT: g4t.return

// Two linears of the same sizes share a kernel, which is rewritten once.
// CHECK-NOT: g4t.kernel @linear_f32_n64k32_m8n64
// CHECK: g4x.bucket max_tokens 8
// CHECK: g4x.launch "a" @linear_f32_n64k32_m8n64 grid(<tokens div 8>, <one>) args [#g4x.buffer_ref<@{{.*}}>, #g4x.weight<@a>, #g4x.buffer_ref<@{{.*}}>, #g4x.dim_address<tokens>, #g4x.active_items]
// CHECK: g4x.launch "b" @linear_f32_n64k32_m8n64 grid(<tokens div 8>, <one>) args [#g4x.buffer_ref<@{{.*}}>, #g4x.weight<@b>, #g4x.buffer_ref<@{{.*}}>, #g4x.dim_address<tokens>, #g4x.active_items]
module @gpu attributes {g4t.target = #g4t.target<"gpu", device = "cuda", warp = 32, scratch = 101376, features = ["sm_120"] intrinsic = "mma_16x8x16">} {
  g4.weight @embed : !g4q.weight<[64, 32], <f32>> parts ["m.e"]
  g4.weight @a : !g4q.weight<[64, 32], <f32>> parts ["m.a"]
  g4.weight @b : !g4q.weight<[64, 32], <f32>> parts ["m.b"]
  func.func @step(%ids: tensor<?xi32>, %p: tensor<?xi32>, %rows: tensor<?xi32>) -> tensor<?x64xf32> {
    %t = g4.use @embed : !g4q.weight<[64, 32], <f32>>
    %u = g4.use @a : !g4q.weight<[64, 32], <f32>>
    %v = g4.use @b : !g4q.weight<[64, 32], <f32>>
    %e = g4.embed %ids, %t {scale = 2.0 : f32} : tensor<?xi32>, !g4q.weight<[64, 32], <f32>> -> tensor<?x32xf32>
    %x = g4.fused_linear %e, %u none : (tensor<?x32xf32>, !g4q.weight<[64, 32], <f32>>) -> tensor<?x64xf32>
    %y = g4.fused_linear %e, %v none : (tensor<?x32xf32>, !g4q.weight<[64, 32], <f32>>) -> tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}
